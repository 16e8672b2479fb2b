import { asStepppsError, type PluginHealth, StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import type { Grants } from "../plugin/grants.ts";
import type { Version } from "../plugin/version.ts";
import type { SandboxStop } from "../sandbox/sandbox.ts";
import { BatchWriter } from "./batch.ts";
import { Committer, type Unit } from "./committer.ts";
import { failureEvent, judge, stopError, taken } from "./failure.ts";
import { History } from "./history.ts";
import type { StateImage } from "./image.ts";
import { Inbox } from "./inbox.ts";
import { HANDLED, type Offer } from "./offer.ts";
import { Outbox } from "./outbox.ts";
import { Pending, type PendingInput } from "./pending.ts";
import { type Plan, planEffects, RefusedEffect } from "./plan.ts";
import type { Recovered, WorkflowPorts } from "./ports.ts";
import { renumbering } from "./renumber.ts";
import { Runner } from "./runner.ts";
import { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";

const MAX_BATCH = 512;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Batches run ahead of the disk and of the broker before the plugin waits for them. */
const MAX_AHEAD = 8;
const MAX_UNSENT = 64;
/** Then it takes only what comes from plugins, which may in turn wait for it; and nothing at all beyond this. */
const MAX_UNSENT_INSIDE = 1024;
const MAX_UNSENT_MESSAGES = 20_000;
const MAX_TIMERS = 10_000;
/** Dead letters of one plugin that are kept, and how often the others are thrown away. */
const KEPT_DEAD = 1_000;
const TRIM_DEAD_EVERY = 100;
/** An idle plugin's cursor is written down this long after its last output was sent. */
const CURSOR_MS = 1_000;
const COMMIT_RETRY_MS = 1_000;

/** Answers of the journal after which it takes nothing more. */
const FINAL: ReadonlySet<string> = new Set(["E_STORE_IO", "E_STORE_CORRUPT"]);

/**
 * One plugin at work. Inputs come in through `offer`, are handled in order and in batches, and what they did is
 * committed in one transaction with them; then outputs go out and senders are acknowledged.
 *
 *   offer ─▶ inbox ─▶ runner (sandbox) ─▶ plan (gate) ─▶ committer (journal) ─▶ outbox ─▶ broker
 *               ▲            │ stop                          │ fails
 *               └── pending ◀┘ retry, dead letter            └─▶ recover from the journal
 */
export class Workflow {
  readonly name: string;
  readonly counts = { handled: 0, published: 0, failures: 0, deadLetters: 0 };
  #version: Version;
  #runner: Runner;
  #image: StateImage;
  #seq: number;
  #health: PluginHealth = "starting";
  #lastError: StepppsError | undefined;
  #failuresInRow = 0;
  #batchLimit = MAX_BATCH;
  /** Counts failed commits: what ran before one must not be taken over after it. */
  #epoch = 0;
  #handling: Promise<unknown> = Promise.resolve();
  #cursorAlarm: Alarm | undefined;
  /** Ends the wait for another try to commit. */
  #hurry = () => {};
  #closing = false;
  #closed = false;
  readonly #ports: WorkflowPorts;
  readonly #turns = new Turns(
    () => this.#inbox.length > 0 && !this.#closed && this.#health !== "paused" && this.#health !== "starting",
    () => this.#turn(),
  );
  readonly #inbox: Inbox;
  readonly #writer: BatchWriter;
  readonly #committer: Committer;
  readonly #outbox: Outbox;
  readonly #timers: Timers;
  readonly #pending: Pending;
  readonly #history: History;
  /** Names this installation's outputs: one that is removed and comes again does not repeat the names of the first. */
  readonly #origin: string;

  constructor(version: Version, recovered: Recovered, ports: WorkflowPorts) {
    this.name = version.manifest.name;
    this.#version = version;
    this.#ports = ports;
    this.#runner = new Runner(version);
    this.#image = recovered.image;
    this.#seq = recovered.nextSeq;
    this.#inbox = new Inbox(ports.inbox);
    this.#writer = new BatchWriter(ports.seed);
    this.#history = new History(this.name, recovered.historyBytes);
    this.#committer = new Committer(
      (ops) => ports.journal.commit(ops),
      (error, lost) => this.#commitFailed(error, lost),
    );
    this.#outbox = new Outbox({
      clock: ports.clock,
      send: (messages) => ports.send(this.name, messages),
      sent: (seq) => this.#sent(seq),
    });
    this.#origin = `${this.name}.${(ports.seed.high >>> 0).toString(36)}${(ports.seed.low >>> 0).toString(36)}`;
    const take = (offer: Omit<Offer, "settle">) => this.offer({ ...offer, settle: () => {} });
    this.#timers = new Timers(version.manifest, { plugin: this.name, durable: () => this.durable, ...ports, offer: take });
    this.#pending = new Pending({ plugin: this.name, clock: ports.clock, offer: (offer) => this.offer(offer) });
  }

  get durable(): boolean {
    return this.#version.manifest.durability === "durable";
  }

  get version(): Version {
    return this.#version;
  }

  get seq(): number {
    return this.#seq;
  }

  get image(): StateImage {
    return this.#image;
  }

  get report(): { health: PluginHealth; queued: number; timers: number; memoryBytes: number; lastError?: string } {
    const queued = this.#inbox.length + this.#pending.count;
    const report = { health: this.#health, queued, timers: this.#timers.count, memoryBytes: this.#runner.memoryBytes };
    return this.#lastError ? { ...report, lastError: this.#lastError.message } : report;
  }

  /** Brings the instance to its state. Throws when the guest refuses its state or settings. */
  async start(): Promise<void> {
    try {
      await this.#runner.start(this.#image.restoreBatch(this.#version.settings));
    } catch (error) {
      this.#runner.close();
      throw error;
    }
  }

  /** Sends what was left unsent, and handles inputs from now on. Every plugin that it may send to has to take inputs by now. */
  open({ timers, schedules, pending, unsent }: Recovered): void {
    this.#health = "healthy";
    this.#timers.restore(timers);
    this.#timers.schedule(this.#version.manifest, schedules);
    for (const row of pending) this.#pending.wait(row);
    for (const { seq, count, effects } of unsent) {
      // They passed the gate when they were committed, perhaps with another version's grants.
      const scope = { plugin: this.name, seq, origin: this.#origin, grants: PASSED, durable: false };
      const { outputs } = planEffects(new Array<Offer>(count).fill(HANDLED), effects, scope);
      if (outputs.length > 0) this.#outbox.put(seq, outputs);
    }
    this.#turns.wake();
  }

  /** An input for this plugin. It is settled once, when what became of it is on disk. */
  offer(offer: Offer): void {
    if (this.#closed) return offer.settle(new StepppsError("E_PLUGIN_CLOSED", this.name));
    if (this.#inbox.full && offer.kind === "message") return offer.settle(new StepppsError("E_PLUGIN_BUSY", this.name));
    if (this.#health === "paused") return this.#park(offer);
    this.#inbox.push(offer);
    if (offer.inside) this.#outbox.nudge();
    this.#turns.wake();
  }

  /** Takes an input that the caller commits: `op` puts it into the journal, `begin` has it handled from there. Throws E_PLUGIN_CLOSED, E_PLUGIN_BUSY. */
  admit(input: Omit<Offer, "ops" | "settle">): { op: Op; begin(): void } {
    if (this.#closed) throw new StepppsError("E_PLUGIN_CLOSED", this.name);
    if (this.#inbox.full || this.#pending.full) throw new StepppsError("E_PLUGIN_BUSY", this.name);
    const row = this.#row(input);
    return { op: pendingAdd(this.name, row), begin: () => this.#pending.offer(row) };
  }

  /** Resolves when nothing waits, runs, is being committed or sent. Retries and timers may still lie ahead. */
  async idle(): Promise<void> {
    while (
      this.#turns.busy ||
      (this.#inbox.length > 0 && this.#health !== "paused") ||
      this.#committer.backlog + this.#outbox.backlog > 0
    ) {
      await this.#committer.idle();
      await this.#outbox.idle();
      await this.#turns.rest();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * Puts another version in charge between two inputs. What `change` returns, asked then, commits it; the new version
   * handles nothing before. Throws, with the old version still at work, when the new one can't take the state or its settings.
   */
  async replace(version: Version, change: () => readonly Op[]): Promise<void> {
    await this.#hold(async () => {
      const runner = new Runner(version);
      const numberOf = renumbering(this.#version.manifest, version.manifest);
      const pending = this.#pending.renumber(numberOf);
      try {
        await runner.start(this.#image.restoreBatch(version.settings));
        await this.#ports.journal.commit([...change(), ...pending.ops, ...this.#durabilityOps(version)]);
        this.#ports.faults.pass("deploy:after-store");
      } catch (error) {
        runner.close();
        throw error;
      }
      pending.apply();
      this.#inbox.renumber(numberOf);
      this.#runner.close();
      this.#version.guest.close();
      this.#runner = runner;
      this.#version = version;
      this.#timers.schedule(version.manifest, new Map());
      this.#failuresInRow = 0;
      this.#lastError = undefined;
      if (this.#health !== "healthy") this.#unpause();
      this.#ports.faults.pass("swap:before-first");
    });
  }

  /** The journal has no room left: history goes, so that work goes on. */
  shed(): void {
    if (this.durable) this.#ports.journal.commit(this.#history.shed()).catch(() => {});
  }

  /** The wall clock was set by `delta` ms. */
  clockJumped(delta: number): void {
    const ops = this.#timers.jumped(delta);
    if (ops.length > 0) this.#committer.add({ ops, offers: [], committed() {} });
  }

  /** Handles nothing more, finishes what it began. Inputs that still wait are not acknowledged. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#outbox.close();
    this.#hurry();
    await this.#hold(async () => {
      this.#closed = true;
    });
    this.#timers.clear();
    this.#pending.clear();
    for (const offer of this.#inbox.drain()) offer.settle(new StepppsError("E_PLUGIN_CLOSED", this.name));
    await this.#outbox.idle();
    this.#cursorAlarm?.cancel();
    const ops = this.#history.sentOps();
    if (ops.length > 0) await this.#ports.journal.commit(ops).catch(() => {});
    this.#runner.close();
    this.#version.guest.close();
  }

  async #turn(): Promise<void> {
    if (this.#committer.backlog >= MAX_AHEAD) return this.#committer.idle();
    const offers = this.#next();
    if (offers.length === 0) return this.#outbox.idle();
    const handling = this.#handle(offers, this.#epoch);
    this.#handling = handling;
    this.#inbox.unshift(await handling);
    if (this.#health === "paused") for (const offer of this.#inbox.drain()) this.#park(offer);
  }

  #next(): Offer[] {
    const { backlog, messages } = this.#outbox;
    if (messages >= MAX_UNSENT_MESSAGES) return [];
    if (backlog < MAX_UNSENT) return this.#cut(this.#inbox.take(this.#batchLimit, MAX_BATCH_BYTES));
    return backlog < MAX_UNSENT_INSIDE ? this.#inbox.takeInside(this.#batchLimit) : [];
  }

  /** A timer begins a batch of its own: an input before it may have set it anew, and then it is no longer wanted. */
  #cut(offers: Offer[]): Offer[] {
    const at = offers.findIndex((offer, index) => index > 0 && offer.wanted !== undefined);
    if (at < 0) return offers;
    this.#inbox.unshift(offers.slice(at));
    return offers.slice(0, at);
  }

  /** Handles a batch; returns what is still to be handled, in order. A commit that fails meanwhile ends its `epoch`. */
  async #handle(all: Offer[], epoch: number): Promise<Offer[]> {
    const offers = all[0] && all[0].wanted?.() === false ? all.slice(1) : all.map(taken);
    if (offers.length < all.length) all[0]?.settle();
    if (offers.length === 0 || epoch !== this.#epoch) return offers;
    if (!this.#runner.live && !(await this.#restart())) return offers;
    for (const [index, offer] of offers.entries()) this.#writer.add(offer, this.#seq + index);
    const batch = this.#writer.take();
    const result = await this.#runner.run(batch);
    if (epoch !== this.#epoch) return offers;
    if (result.stop?.hurried) return this.#handle(offers, epoch);
    const failure = result.stop ? { ...result, stop: result.stop } : this.#accept(offers, batch, result.effects);
    if (!failure) return [];
    const at = Math.min(failure.completed, offers.length - 1);
    const guilty = offers[at] as Offer;
    if (offers.length === 1) return this.#failed(guilty, batch, failure.stop, epoch);
    // The batch rolled back. Again in parts: what came before the failure, the one that failed, and the rest later.
    this.#batchLimit = Math.max(1, this.#batchLimit >> 1);
    const rest = offers.slice(at + 1);
    const left = at > 0 ? await this.#handle(offers.slice(0, at), epoch) : [];
    if (left.length > 0) return [...left, guilty, ...rest];
    return [...(await this.#handle([guilty], epoch)), ...rest];
  }

  /** A fresh instance with the state that was accepted last. Where none can be made, the plugin waits for another version. */
  async #restart(): Promise<boolean> {
    try {
      await this.#runner.start(this.#image.restoreBatch(this.#version.settings));
      return true;
    } catch (error) {
      this.#pause(asStepppsError(error, "E_GUEST_TRAP"));
      return false;
    }
  }

  /** Takes over what a batch did; returns what the gate refused, if anything. */
  #accept(
    offers: readonly Offer[],
    batch: Uint8Array,
    effects: Uint8Array,
  ): { completed: number; stop: SandboxStop } | undefined {
    const seq = this.#seq;
    const durable = this.durable;
    let plan: Plan;
    try {
      const origin = durable ? this.#origin : undefined;
      plan = planEffects(offers, effects, { plugin: this.name, seq, origin, grants: this.#version.grants, durable });
      if (this.#timers.countWith(plan.timers) > MAX_TIMERS)
        throw new StepppsError("E_GUEST_EFFECTS", `more than ${MAX_TIMERS} timers`);
      this.#image.apply(plan.state);
    } catch (thrown) {
      // The guest is ahead of what was accepted: it is made anew from the image.
      this.#runner.close();
      const refused = thrown instanceof RefusedEffect ? thrown : new RefusedEffect(offers.length - 1, thrown);
      const { code, detail } = asStepppsError(refused.cause, "E_PLUGIN_DENIED");
      return { completed: refused.input, stop: { code: code as SandboxStop["code"], message: detail, frames: [] } };
    }
    for (const change of plan.timers) this.#timers.apply(change);
    this.#seq += offers.length;
    this.#batchLimit = Math.min(MAX_BATCH, this.#batchLimit * 2);
    this.#failuresInRow = 0;
    if (this.#health === "backing-off") this.#health = "healthy";
    const row = { seq, count: offers.length, version: this.#version.manifest.version, batch, effects };
    const ops = durable ? [...plan.ops, ...this.#history.add(row, this.#image)] : plan.ops;
    const bytes = batch.length + effects.length;
    this.#committer.add({ ops, bytes, offers, committed: () => this.#committed(offers, plan, seq) });
    for (const { level, text } of plan.logs) this.#ports.emit({ kind: "plugin.log", level, plugin: this.name, text });
    return undefined;
  }

  #committed(offers: readonly Offer[], plan: Plan, seq: number): void {
    const { faults } = this.#ports;
    faults.pass("ack:before");
    this.counts.handled += offers.length;
    this.counts.published += plan.outputs.length;
    for (const offer of offers) offer.settle();
    if (plan.outputs.length === 0) {
      // Nothing to send: the history up to here may go.
      if (this.#outbox.backlog === 0) this.#history.sent(seq);
      return;
    }
    faults.pass("output:before-send");
    this.#outbox.put(seq, plan.outputs);
    faults.pass("output:after-send");
  }

  /** One input failed alone: again at once, again later, or never. */
  async #failed(offer: Offer, input: Uint8Array, stop: SandboxStop, epoch: number): Promise<Offer[]> {
    const { clock, retry, emit } = this.#ports;
    const error = stopError(stop);
    const attempts = offer.attempts + 1;
    this.counts.failures++;
    this.#failuresInRow++;
    this.#lastError = error;
    const scope = { plugin: this.name, version: this.#version.manifest.version, retry, now: clock.now(), id: this.#seq };
    const verdict = judge(error, attempts, input, scope);
    if (verdict.fate === "again") return this.#handle([{ ...offer, attempts }], epoch);
    this.#seq++;
    const ops = [...offer.ops, verdict.op];
    // The oldest make room; the count of all of them stays.
    if (verdict.fate === "dead" && ++this.counts.deadLetters % TRIM_DEAD_EVERY === 0)
      ops.push(["dead.trim", this.name, KEPT_DEAD]);
    this.#committer.add({ ops, offers: [offer], committed: () => offer.settle() });
    if (verdict.fate === "later") {
      this.#pending.wait(verdict.row);
      this.#health = "backing-off";
    }
    emit(failureEvent(verdict.fate, this.name, error));
    if (this.#failuresInRow >= retry.pauseAfter) this.#pause(error);
    return [];
  }

  /** Kept for later while the plugin is paused: acknowledged, in the journal, not handled. */
  #park(offer: Offer): void {
    if (offer.wanted?.() === false) return offer.settle();
    if (this.#pending.full) return offer.settle(new StepppsError("E_PLUGIN_BUSY", this.name));
    const row = this.#row(offer);
    this.#pending.park(row);
    this.#committer.add({
      ops: [...offer.ops, pendingAdd(this.name, row)],
      offers: [taken(offer)],
      committed: () => offer.settle(),
    });
  }

  /** The input as a row of its own, to be tried at once when its turn comes. */
  #row(offer: Omit<Offer, "ops" | "settle">): PendingInput {
    const id = this.#seq++;
    this.#writer.add(offer, id);
    return { id, attempts: 0, nextAt: 0, input: this.#writer.take() };
  }

  #pause(error: StepppsError): void {
    this.#health = "paused";
    this.#lastError = error;
    this.#ports.emit({ kind: "plugin.paused", level: "error", plugin: this.name, code: error.code, text: error.message });
    this.#ports.paused(this.name, error);
  }

  #unpause(): void {
    this.#health = "healthy";
    this.#pending.release();
  }

  /** Nothing of `lost` is on disk, and the instance is ahead of the disk: back to what is there, then once more. */
  async #commitFailed(error: unknown, lost: readonly Unit[]): Promise<void> {
    const fault = asStepppsError(error, "E_STORE_IO");
    this.#lastError = fault;
    this.#ports.emit({ kind: "store.full", level: "error", plugin: this.name, code: fault.code, text: fault.message });
    if (FINAL.has(fault.code)) this.#ports.broken(fault);
    if (fault.code === "E_STORE_FULL") {
      this.#ports.full();
      this.#batchLimit = 1;
    }
    if (this.#closing) {
      for (const offer of lost.flatMap((unit) => unit.offers)) offer.settle(new StepppsError("E_PLUGIN_CLOSED", this.name));
      return;
    }
    if (!this.durable) {
      // There is nothing to go back to: what was done stands, and is acknowledged later.
      await this.#pauseBeforeRetry();
      for (const unit of lost) this.#committer.add(unit);
      return;
    }
    if (this.#health === "healthy") this.#health = "backing-off";
    const unblock = this.#turns.block();
    this.#epoch++;
    await this.#handling;
    this.#runner.close();
    this.#timers.restore([]);
    this.#pending.clear();
    const waiting = [...lost.flatMap((unit) => unit.offers), ...this.#inbox.drain()];
    this.#inbox.unshift(waiting.filter((offer) => !offer.kept));
    let recovered: Recovered | undefined;
    while (!recovered && !this.#closing) {
      await this.#pauseBeforeRetry();
      recovered = await this.#ports.recover(this.name, this.#version).catch(() => undefined);
    }
    if (recovered) {
      this.#image = recovered.image;
      this.#timers.restore(recovered.timers);
      for (const row of recovered.pending) this.#pending.wait(row);
    }
    unblock();
  }

  #pauseBeforeRetry(): Promise<void> {
    return new Promise((resolve) => {
      const alarm = this.#ports.clock.after(COMMIT_RETRY_MS, resolve);
      this.#hurry = () => {
        alarm.cancel();
        resolve();
      };
    });
  }

  /** What makes the journal fit a version that keeps its state there, in place of one that does not, or the reverse. */
  #durabilityOps({ manifest }: Version): Op[] {
    if (manifest.durability === this.#version.manifest.durability) return [];
    if (manifest.durability === "durable") return [...this.#image.ops(this.name), ...this.#timers.ops()];
    return [
      ["state.clear", this.name],
      ["timer.clear", this.name],
    ];
  }

  #sent(seq: number): void {
    this.#history.sent(seq);
    if (!this.durable) return;
    this.#cursorAlarm ??= this.#ports.clock.after(CURSOR_MS, () => {
      this.#cursorAlarm = undefined;
      const ops = this.#history.sentOps();
      if (ops.length > 0) this.#committer.add({ ops, offers: [], committed() {} });
    });
  }

  /** Runs `task` between two batches, with everything before it on disk. */
  async #hold(task: () => Promise<void>): Promise<void> {
    const unblock = this.#turns.block();
    try {
      await this.#turns.rest();
      await this.#committer.idle();
      await task();
    } finally {
      unblock();
    }
  }
}

/** For effects that were committed: they were allowed then. */
const PASSED: Grants = { publish() {}, timers() {}, state() {} };

function pendingAdd(plugin: string, { id, attempts, nextAt, input }: PendingInput): Op {
  return ["pending.add", plugin, String(id), attempts, nextAt, input];
}
