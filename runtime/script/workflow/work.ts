import { type Handler, type Inferences, type PluginHealth, StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import { BatchWriter } from "./batch.ts";
import { Committer, type Unit } from "./committer.ts";
import { History, KEEP_BYTES, type Running } from "./history.ts";
import type { StateImage } from "./image.ts";
import { Inbox } from "./inbox.ts";
import type { Offer } from "./offer.ts";
import { Outbox } from "./outbox.ts";
import { Pending } from "./pending.ts";
import type { Recovered, WorkflowPorts } from "./ports.ts";
import type { Kept, Probation } from "./probation.ts";
import { Tally } from "./record.ts";
import { Requests } from "./requests.ts";
import { Rerun, type RerunRow } from "./rerun.ts";
import { Runner } from "./runner.ts";
import { Withholding } from "./sent.ts";
import { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";
import { originOf } from "./unsent.ts";

export const MAX_BATCH = 512;
/** Less is how clocks are kept right. */
const JUMP_MS = 100;

/** A device without models. */
const NO_MODELS: Inferences = {
  has: () => false,
  infer: ({ model }) => Promise.reject(new StepppsError("E_INFER_MODEL", model)),
};

/** What a workflow's parts ask of the workflow. */
export interface WorkCalls {
  offer(offer: Offer): void;
  turn(): Promise<void>;
  sent(seq: number): void;
  commitFailed(error: unknown, lost: readonly Unit[]): Promise<void>;
}

/** What one plugin's workflow is made of, and where it stands. Shared by the files of this folder, and by nobody else. */
export class Work {
  readonly name: string;
  readonly counts = { handled: 0, published: 0, failures: 0, deadLetters: 0 };
  readonly ports: WorkflowPorts;
  readonly origin: string;
  readonly inbox: Inbox;
  readonly writer: BatchWriter;
  readonly committer: Committer;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly requests: Requests;
  readonly pending: Pending;
  readonly history: History;
  readonly turns: Turns;
  version: Version;
  runner: Runner;
  image: StateImage;
  /** Number of the next input. */
  seq: number;
  tally = new Tally();
  /** Of the version before the one on probation: with the version its record comes back. */
  former: Tally | undefined;
  health: PluginHealth = "starting";
  lastError: StepppsError | undefined;
  failuresInRow = 0;
  batchLimit = MAX_BATCH;
  /** So many inputs are committed one by one: one of them can't be. */
  careful = 0;
  /** What waited to be sent when this version took over: it is not held up for what others left. */
  inherited = { messages: 0, parcels: 0 };
  /** Counts failed commits: what ran before one must not be taken over after it. */
  epoch = 0;
  /** When the last failed commit was put right, ms since the epoch: what came before waited for the disk, not for the version. */
  mended = Number.NEGATIVE_INFINITY;
  handling: Promise<unknown> = Promise.resolve();
  /** Tasks that run between two batches, with everything before them on disk. */
  holds = 0;
  probation: Probation | undefined;
  /** What is kept for a rollback where the old version keeps nothing on disk. */
  kept: Kept | undefined;
  fullTold = false;
  /** What the wall clock is ahead of the monotonic one; how far it was set ahead last, and what it showed before. */
  #ahead: number;
  #jump: { readonly at: number; readonly delta: number } | undefined;
  rerun: Rerun | undefined;
  /** Inputs of another workflow come first, and that could not be written down yet: called once it is. */
  adopting: (() => void) | undefined;
  /** The last of them is handled, and that is not on disk yet. */
  rerunEnds = false;
  rerunOver: (() => void)[] = [];
  withholding = new Withholding(false);
  cursorAlarm: Alarm | undefined;
  /** Ends the wait for another try to commit. */
  hurry = () => {};
  closing = false;
  closed = false;

  constructor(version: Version, recovered: Recovered, ports: WorkflowPorts, calls: WorkCalls) {
    const { clock, seed, journal } = ports;
    const { name } = version.manifest;
    this.name = name;
    this.version = version;
    this.ports = ports;
    this.#ahead = clock.now() - clock.monotonic();
    this.runner = new Runner(version);
    this.image = recovered.image;
    this.seq = recovered.nextSeq;
    this.inbox = new Inbox(ports.inbox);
    this.writer = new BatchWriter(seed);
    this.history = new History(name, recovered.checkpoints, () => ports.historyBytes?.(name) ?? KEEP_BYTES);
    this.committer = new Committer((ops) => journal.commit(ops), calls.commitFailed);
    this.outbox = new Outbox({ clock, send: (messages) => ports.send(name, messages), sent: calls.sent });
    this.origin = originOf(name, seed);
    const take = (offer: Omit<Offer, "settle">) => calls.offer({ ...offer, settle: () => {} });
    this.timers = new Timers(version.manifest, { plugin: name, durable: () => this.durable, ...ports, offer: take });
    this.requests = new Requests({
      plugin: name,
      clock,
      inferences: ports.inferences ?? NO_MODELS,
      handlers: () => this.handlers,
      durable: () => this.durable,
      offer: calls.offer,
    });
    this.pending = new Pending({ plugin: name, clock, handlers: () => this.handlers, offer: calls.offer });
    this.turns = new Turns(() => this.#ready, calls.turn);
    this.keep(recovered.probation, recovered.rerun);
  }

  /** Whether anything runs, is committed or sent, or waits for that. */
  get busy(): boolean {
    const { turns, committer, outbox, requests } = this;
    return turns.busy || this.#ready || committer.backlog + outbox.backlog > 0 || requests.running;
  }

  get #ready(): boolean {
    const { inbox, rerun, closed, health } = this;
    return (inbox.length > 0 || rerun !== undefined) && !closed && health !== "paused" && health !== "starting";
  }

  get durable(): boolean {
    return this.version.manifest.durability === "durable";
  }

  get handlers(): readonly Handler[] {
    return this.version.manifest.handlers;
  }

  get running(): Running {
    return { version: this.version.manifest.version, settings: this.version.settings };
  }

  /** From now on it is not held up for what waits to be sent. */
  inherit(): void {
    this.inherited = { messages: this.outbox.messages, parcels: this.outbox.backlog };
  }

  /** What is kept for a rollback, and what of one is still to be done. */
  keep(probation: Probation | undefined, rerun: RerunRow | undefined): void {
    this.probation = probation;
    this.rerun = rerun && this.rerunOf(rerun);
    this.rerunEnds = false;
    // What was sent before is not known here any more.
    this.withholding = new Withholding(this.rerun !== undefined);
    if (this.rerun?.ownTimers) this.timers.hold();
    if (this.rerun) this.requests.hold();
    const floor = rerun?.source === this.name ? rerun.next : probation?.seq;
    this.history.keepFrom(floor, probation ? this.history.bytesFrom(probation.seq) : 0);
  }

  /** The wall clock was set by `delta` ms. Returns what to commit. */
  jumped(delta: number): Op[] {
    const { probation, name, seq, timers, rerun } = this;
    const at = this.ports.clock.now() - delta;
    const ops = [...timers.jumped(delta), ...(rerun?.jumped(delta) ?? [])];
    if (!probation) return ops;
    const jumps = [...probation.jumps, { seq, delta, at }];
    this.probation = { ...probation, jumps };
    return this.kept ? ops : [...ops, ["probation.jumps", name, JSON.stringify(jumps)]];
  }

  /** What time it is. To be asked before `age`: here it is noticed at once that the clock was set. */
  now(): number {
    const { clock } = this.ports;
    const now = clock.now();
    const ahead = now - clock.monotonic();
    const delta = ahead - this.#ahead;
    this.#ahead = ahead;
    if (delta > JUMP_MS) this.#jump = { at: now - delta, delta };
    return now;
  }

  /** How long ago an input came, ms: a clock that was set ahead meanwhile makes no version slow. */
  age(time: number, now: number): number {
    const shift = this.#jump && time <= this.#jump.at ? this.#jump.delta : 0;
    return Math.max(0, now - time - shift);
  }

  /** Lets those go on who wait for the end of it. */
  tellRerunOver(): void {
    for (const resolve of this.rerunOver.splice(0)) resolve();
  }

  rerunOf(row: RerunRow): Rerun {
    const { journal, clock } = this.ports;
    return new Rerun(row, {
      plugin: this.name,
      journal,
      timers: this.timers,
      requests: this.requests,
      handlers: () => this.handlers,
      now: () => clock.now(),
    });
  }

  /** Runs `task` between two batches. `rested`: when the last one was over, monotonic ms. */
  async between<T>(task: (rested: number) => Promise<T>): Promise<T> {
    const unblock = this.turns.block();
    this.holds++;
    // A turn that waits for the broker, or for plugins that take nothing more, would hold up the task for as long.
    this.outbox.nudge();
    try {
      await this.turns.rest();
      return await task(this.ports.clock.monotonic());
    } finally {
      this.holds--;
      unblock();
    }
  }

  /** As `between`, with everything before it on disk. */
  hold<T>(task: () => Promise<T>): Promise<T> {
    return this.between(async () => {
      await this.committer.idle();
      return task();
    });
  }

  /** Commits `ops` in one transaction with what is still to be written of the batches before, or after them; or they fail with those. */
  commitBehind(ops: readonly Op[]): Promise<void> {
    return new Promise((resolve, reject) =>
      this.committer.add({ ops, offers: [], committed: () => resolve(), failed: (error) => reject(error) }),
    );
  }
}
