import { type CallHistograms, type PluginHealth, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import { methodOf, taken } from "./failure.ts";
import { Handling } from "./handling.ts";
import type { StateImage } from "./image.ts";
import { flooded, floodsItself, goesRound, roundError } from "./loops.ts";
import { commitFailed } from "./mend.ts";
import type { Offer } from "./offer.ts";
import { type PendingInput, pendingAdd } from "./pending.ts";
import type { Recovered, WorkflowPorts } from "./ports.ts";
import type { Probation } from "./probation.ts";
import type { VersionRecord } from "./record.ts";
import { type Adoption, adopt, type Failed, restore } from "./restore.ts";
import { type SwapOptions, type Swapped, settle, swap } from "./swap.ts";
import { TurnTaking } from "./turn-taking.ts";
import { sendUnsent } from "./unsent.ts";
import { Work } from "./work.ts";

/** An idle plugin's cursor is written down this long after its last output was sent. */
const CURSOR_MS = 1_000;

/**
 * One plugin at work. Inputs come in through `offer`, are handled in order and in batches, and what they did is
 * committed in one transaction with them; then outputs go out and senders are acknowledged.
 *
 *   offer ─▶ inbox ─▶ runner (sandbox) ─▶ plan (gate) ─▶ committer (journal) ─▶ outbox ─▶ broker
 *               ▲            │ stop                          │ fails
 *               └── pending ◀┘ retry, dead letter            └─▶ recover from the journal
 *
 * work.ts holds these parts; handling.ts handles a batch, mend.ts recovers, turn-taking.ts says what is next, swap.ts and restore.ts change the version.
 */
export class Workflow {
  readonly name: string;
  readonly #work: Work;
  readonly #handling: Handling;
  readonly #turns: TurnTaking;
  /** What the journal had; gone once the workflow is open. */
  #recovered: Recovered | undefined;

  constructor(version: Version, recovered: Recovered, ports: WorkflowPorts) {
    this.name = version.manifest.name;
    this.#recovered = recovered;
    this.#work = new Work(version, recovered, ports, {
      offer: (offer) => this.offer(offer),
      turn: () => this.#turns.take(),
      sent: (seq) => this.#sent(seq),
      commitFailed: (error, lost) => commitFailed(this.#work, this.#handling, this.#closedError(), error, lost),
    });
    this.#handling = new Handling(this.#work, (error) => this.#pause(error));
    this.#turns = new TurnTaking(this.#work, this.#handling, () => this.#parkAll());
  }

  get counts(): { handled: number; published: number; failures: number; deadLetters: number } {
    return this.#work.counts;
  }

  get durable(): boolean {
    return this.#work.durable;
  }

  get version(): Version {
    return this.#work.version;
  }

  get seq(): number {
    return this.#work.seq;
  }

  get image(): StateImage {
    return this.#work.image;
  }

  /** The version at work is watched, and can be taken back. */
  get probation(): Probation | undefined {
    return this.#work.probation;
  }

  /** Whether inputs are still to be handled again, as the journal has it. */
  get rerunning(): boolean {
    return this.#work.rerun !== undefined || this.#work.rerunEnds;
  }

  /** Resolves when no inputs are left to be handled again, which may be long in coming while the plugin is paused; or when it closes. */
  rerun(): Promise<void> {
    return this.rerunning && !this.#work.closed
      ? new Promise((resolve) => this.#work.rerunOver.push(resolve))
      : Promise.resolve();
  }

  /** How the version did since it took over, or since the start. */
  get record(): { snapshot(): VersionRecord; histograms(): CallHistograms } {
    return this.#work.tally;
  }

  get report(): { health: PluginHealth; queued: number; timers: number; memoryBytes: number; lastError?: string } {
    const { inbox, pending, health, timers, runner, lastError } = this.#work;
    const queued = inbox.length + pending.count;
    const report = { health, queued, timers: timers.count, memoryBytes: runner.memoryBytes };
    return lastError ? { ...report, lastError: lastError.message } : report;
  }

  /** How long the input that comes next has waited, ms; 0 while others are handled again first. */
  get waited(): number {
    const { inbox, rerun, mended } = this.#work;
    return inbox.first && !inbox.first.kept && !rerun ? this.#work.age(Math.max(inbox.first.time, mended), this.#work.now()) : 0;
  }

  /** Brings the instance to its state. Throws when the guest refuses its state or settings. */
  async start(): Promise<void> {
    const { runner, image, version } = this.#work;
    try {
      await runner.start(image.restoreBatch(version.settings));
    } catch (error) {
      runner.close();
      throw error;
    }
  }

  /** Sends what was left unsent, and handles inputs from now on. Every plugin that it may send to has to take inputs by now. */
  open(): void {
    const work = this.#work;
    const { timers, requests, schedules, pending, unsent } = this.#recovered as Recovered;
    this.#recovered = undefined;
    work.health = "healthy";
    work.timers.restore(timers);
    work.requests.restore(requests);
    work.timers.schedule(work.version.manifest, schedules);
    for (const row of pending) work.pending.wait(row);
    sendUnsent(work, unsent);
    work.inherit();
    const began = work.durable ? work.history.began(work.seq, work.image, work.running) : [];
    if (began.length > 0) work.committer.add({ ops: began, offers: [], committed() {} });
    work.turns.wake();
  }

  /** An input for this plugin. It is settled once, when what became of it is on disk. */
  offer(offer: Offer): void {
    const work = this.#work;
    if (work.closed) return offer.settle(this.#closedError());
    if (offer.row !== undefined && work.rerun?.covers(offer.row)) return offer.settle();
    if (work.inbox.full && offer.kind === "message") return this.#full(offer);
    if (goesRound(offer)) return this.#handling.bury(offer, roundError(work, offer));
    if (work.health === "paused" && work.holds === 0) return this.#park(offer);
    work.inbox.push(offer);
    if (offer.inside) work.outbox.nudge();
    work.turns.wake();
  }

  /** Takes an input that the caller commits: `op` puts it into the journal, `begin` has it handled from there. Throws E_PLUGIN_CLOSED, E_PLUGIN_BUSY. */
  admit(input: Omit<Offer, "ops" | "settle">): { op: Op; begin(): void } {
    const { closed, inbox, pending } = this.#work;
    if (closed) throw this.#closedError();
    if (inbox.full || pending.full) throw new StepppsError("E_PLUGIN_BUSY", this.name);
    const row = this.#row(input);
    return { op: pendingAdd(this.name, row), begin: () => pending.offer(row) };
  }

  /** Resolves when nothing waits, runs, is committed or sent. Retries and timers may still lie ahead. */
  async idle(): Promise<void> {
    const work = this.#work;
    while (work.busy) {
      await work.requests.idle();
      await work.committer.idle();
      await work.outbox.idle();
      await work.turns.rest();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Puts another version in charge between two inputs (swap.ts). Throws with the old one still at work. */
  swap(version: Version, options: SwapOptions): Promise<Swapped> {
    return swap(this.#work, version, options).finally(() => this.#parkAll());
  }

  /** The version on probation stays. */
  settle(ops: readonly Op[]): Promise<void> {
    return settle(this.#work, ops);
  }

  /**
   * The version before the one on probation is in charge again, with the state and the timers it had, and handles the inputs since.
   * May come before `open`, also in place of a version that could not be started (`failed`). Throws E_PLUGIN_NO_PREVIOUS; E_PLUGIN_BUSY while a paused plugin has others to handle again.
   */
  async restore(version: Version, ops: readonly Op[], failed?: Failed): Promise<{ inputs: number }> {
    const work = this.#work;
    if (!this.#recovered) {
      if (work.rerun) await this.idle();
      if (work.rerun) throw new StepppsError("E_PLUGIN_BUSY", this.name);
      return restore(work, version, ops).finally(() => this.#parkAll());
    }
    for (const row of this.#recovered.pending) work.pending.park(row);
    try {
      return await restore(work, version, ops, failed);
    } finally {
      work.pending.clear();
      this.#recovered = await work.ports.recover(this.name, work.version);
    }
  }

  /** Has inputs that another workflow wrote down handled here, before anything new. Throws E_PLUGIN_BUSY. */
  adopt(adoption: () => Promise<Adoption>, ops: readonly Op[]): Promise<{ inputs: number }> {
    return adopt(this.#work, adoption, ops);
  }

  /** The journal has no room left: history goes, so that work goes on. */
  shed(): void {
    const { durable, history, probation, ports } = this.#work;
    if (!durable) return;
    ports.journal.commit(history.shed()).catch(() => {});
    if (probation) ports.probationFull?.(this.name);
  }

  /** The wall clock was set by `delta` ms; `also` is committed with what that leads to. */
  clockJumped(delta: number, also: readonly Op[] = []): void {
    const ops = [...this.#work.jumped(delta), ...also];
    if (ops.length > 0) this.#work.committer.add({ ops, offers: [], committed() {} });
  }

  /** Handles nothing more, finishes what it began. Inputs that still wait are not acknowledged. */
  async close(): Promise<void> {
    const work = this.#work;
    if (work.closing) return;
    work.closing = true;
    work.outbox.close();
    work.hurry();
    await work.hold(async () => {
      work.closed = true;
    });
    work.timers.clear();
    work.requests.restore([]);
    work.pending.clear();
    for (const offer of work.inbox.drain()) offer.settle(this.#closedError());
    await work.outbox.idle();
    work.cursorAlarm?.cancel();
    const ops = work.history.sentOps();
    if (ops.length > 0) await work.ports.journal.commit(ops).catch(() => {});
    work.runner.close();
    work.version.guest.close();
    work.tellRerunOver();
  }

  #full(offer: Offer): void {
    const work = this.#work;
    if (!floodsItself(work, offer)) return offer.settle(new StepppsError("E_PLUGIN_BUSY", this.name));
    const error = flooded(work, offer);
    this.#handling.bury(offer, error);
    if (++work.failuresInRow >= work.ports.retry.pauseAfter) this.#pause(error);
  }

  /** Kept for later while the plugin is paused: acknowledged, in the journal, not handled. */
  #park(offer: Offer): void {
    if (offer.wanted?.() === false) return offer.settle();
    const { pending, committer } = this.#work;
    if (pending.full) return offer.settle(new StepppsError("E_PLUGIN_BUSY", this.name));
    const row = this.#row(offer);
    pending.park(row);
    committer.add({
      ops: [...offer.ops, pendingAdd(this.name, row)],
      offers: [taken(offer)],
      committed: () => offer.settle(),
    });
  }

  #parkAll(): void {
    if (this.#work.health === "paused") for (const offer of this.#work.inbox.drain()) this.#park(offer);
  }

  /** The input as a row of its own, to be tried at once when its turn comes. */
  #row(offer: Omit<Offer, "ops" | "settle">): PendingInput {
    const { writer, handlers } = this.#work;
    const id = this.#work.seq++;
    writer.add(offer, id);
    return { id, attempts: 0, nextAt: 0, input: writer.take(), method: methodOf(offer, handlers) };
  }

  #pause(error: StepppsError): void {
    const { ports } = this.#work;
    this.#work.health = "paused";
    this.#work.lastError = error;
    ports.emit({ kind: "plugin.paused", level: "error", plugin: this.name, code: error.code, text: error.message });
    ports.paused(this.name, error);
  }

  #sent(seq: number): void {
    const work = this.#work;
    work.history.sent(seq);
    if (!work.durable) return;
    work.cursorAlarm ??= work.ports.clock.after(CURSOR_MS, () => {
      work.cursorAlarm = undefined;
      const ops = work.history.sentOps();
      if (ops.length > 0) work.committer.add({ ops, offers: [], committed() {} });
    });
  }

  #closedError(): StepppsError {
    return new StepppsError("E_PLUGIN_CLOSED", this.name);
  }
}
