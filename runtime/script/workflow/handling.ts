import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { SandboxStop } from "../sandbox/sandbox.ts";
import { deadAdd, failureEvent, judge, methodOf, stopError, taken } from "./failure.ts";
import type { Offer } from "./offer.ts";
import { type Plan, planEffects, RefusedEffect } from "./plan.ts";
import type { Ran } from "./record.ts";
import { askedBy, requestSet } from "./requests.ts";
import { notWithheld } from "./sent.ts";
import { MAX_BATCH, type Work } from "./work.ts";

const MAX_TIMERS = 10_000;
/** Dead letters of one plugin that are kept, and how often the others are thrown away. */
const KEPT_DEAD = 1_000;
const TRIM_DEAD_EVERY = 100;
/** What may be kept since a version took over, before its gate has to decide. */
const PROBATION_BYTES = 64 * 1024 * 1024;

type Refused = { completed: number; stop: SandboxStop };
/** How long a batch took, and of that the processor's time in the guest where it is measured. */
type Took = Pick<Ran, "millis" | "micros">;

/** Handles batches of one plugin: what they did goes to the committer, what failed is tried again or given up. */
export class Handling {
  readonly #work: Work;
  readonly #pause: (error: StepppsError) => void;

  constructor(work: Work, pause: (error: StepppsError) => void) {
    this.#work = work;
    this.#pause = pause;
  }

  /** Handles a batch; returns what is still to be handled, in order. A commit that fails meanwhile ends its `epoch`. */
  async handle(all: Offer[], epoch: number): Promise<Offer[]> {
    const work = this.#work;
    const offers = all[0] && all[0].wanted?.() === false ? all.slice(1) : all.map(taken);
    if (offers.length < all.length) all[0]?.settle();
    if (offers.length === 0 || epoch !== work.epoch) return offers;
    if (!work.runner.live && !(await this.#restart())) return offers;
    for (const [index, offer] of offers.entries()) work.writer.add(offer, work.seq + index);
    const batch = work.writer.take();
    const { clock } = work.ports;
    const began = clock.monotonic();
    const result = await work.runner.run(batch);
    const took: Took = { millis: clock.monotonic() - began, micros: result.micros };
    if (epoch !== work.epoch) return offers;
    if (result.stop?.hurried) return this.handle(offers, epoch);
    const failure = result.stop ? { ...result, stop: result.stop } : this.#accept(offers, batch, result.effects, took);
    if (!failure) return [];
    const at = Math.min(failure.completed, offers.length - 1);
    const guilty = offers[at] as Offer;
    if (offers.length === 1) return this.#failed(guilty, batch, failure.stop, took.millis, epoch);
    // The batch rolled back. Again in parts: what came before the failure, the one that failed, and the rest later.
    work.batchLimit = Math.max(1, work.batchLimit >> 1);
    const rest = offers.slice(at + 1);
    const left = at > 0 ? await this.handle(offers.slice(0, at), epoch) : [];
    if (left.length > 0) return [...left, guilty, ...rest];
    return [...(await this.handle([guilty], epoch)), ...rest];
  }

  /** Gives an input up that can't be handled, or committed. */
  bury(offer: Offer, error: StepppsError, ops: Offer["ops"] = offer.ops): void {
    const work = this.#work;
    const { name, version, ports } = work;
    const id = this.#place(offer);
    if (id === work.seq) work.seq++;
    work.writer.add(offer, id);
    const method = methodOf(offer, work.handlers);
    const scope = { plugin: name, version: version.manifest.version, now: ports.clock.now(), id, method };
    const dead = deadAdd(error, work.writer.take(), scope);
    work.counts.deadLetters++;
    work.tally.gaveUp();
    work.committer.add({ ops: [...ops, dead], offers: [taken(offer)], committed: () => offer.settle() });
    ports.emit(failureEvent("dead", name, error));
  }

  /**
   * Number under which an input waits or is given up. It keeps the one that it has: that is its place among the others when they are
   * handled again. One that waited already when the version took over gets a new one, or a rollback would not see what became of it.
   */
  #place({ row }: Offer): number {
    const { probation, seq } = this.#work;
    return row !== undefined && row >= (probation?.seq ?? 0) ? row : seq;
  }

  /** A fresh instance with the state that was accepted last. Where none can be made, the plugin waits for another version. */
  async #restart(): Promise<boolean> {
    const { runner, image, version } = this.#work;
    try {
      await runner.start(image.restoreBatch(version.settings));
      return true;
    } catch (error) {
      this.#pause(asStepppsError(error, "E_GUEST_TRAP"));
      return false;
    }
  }

  /** Takes over what a batch did; returns what the gate refused, if anything. */
  #accept(offers: readonly Offer[], batch: Uint8Array, effects: Uint8Array, took: Took): Refused | undefined {
    const work = this.#work;
    const { seq, durable, version, image, timers, requests, history, ports } = work;
    let plan: Plan;
    try {
      const origin = durable ? work.origin : undefined;
      plan = planEffects(offers, effects, { plugin: work.name, seq, origin, grants: version.grants, durable });
      if (timers.countWith(plan.timers) > MAX_TIMERS) throw new StepppsError("E_GUEST_EFFECTS", `more than ${MAX_TIMERS} timers`);
      requests.bound(plan.inferences, offers);
      image.apply(plan.state);
    } catch (thrown) {
      // The guest is ahead of what was accepted: it is made anew from the image.
      work.runner.close();
      const refused = thrown instanceof RefusedEffect ? thrown : new RefusedEffect(offers.length - 1, thrown);
      const { code, detail } = asStepppsError(refused.cause, "E_PLUGIN_DENIED");
      return { completed: refused.input, stop: { code: code as SandboxStop["code"], message: detail, frames: [] } };
    }
    for (const change of plan.timers) timers.apply(change);
    const asked = askedBy(plan.inferences, seq, ports.clock.now());
    requests.taken(offers);
    const mayTell = requests.begin(asked);
    work.seq += offers.length;
    work.batchLimit = Math.min(MAX_BATCH, work.batchLimit * 2);
    work.failuresInRow = 0;
    if (work.health === "backing-off") work.health = "healthy";
    const made = { effectBytes: effects.length, outputs: plan.outputs.length, memoryBytes: work.runner.memoryBytes };
    work.tally.ran({ inputs: offers.length, ...took, ...made });
    const row = { seq, count: offers.length, version: version.manifest.version, batch, effects };
    const kept = durable ? [...asked.map((one) => requestSet(work.name, one)), ...history.add(row, image, work.running)] : [];
    const withheld = work.rerun && offers.some(({ sent }) => sent) ? work.withholding.of(offers, effects) : undefined;
    if (withheld && durable) kept.push(["batch.withhold", work.name, seq, withheld]);
    const outputs = notWithheld(plan.outputs, withheld ?? null);
    const bytes = asked.reduce((sum, { tensors }) => sum + tensors.length, batch.length + effects.length);
    const committed = () => {
      this.#committed(offers, outputs, seq);
      mayTell();
    };
    work.committer.add({ ops: [...plan.ops, ...kept], bytes, offers, committed });
    for (const log of plan.logs) ports.emit({ kind: "plugin.log", plugin: work.name, ...log });
    this.#bound();
    return undefined;
  }

  /** What is kept for a rollback must not grow without end. */
  #bound(): void {
    const work = this.#work;
    if (!work.probation || work.fullTold || work.history.floorBytes < PROBATION_BYTES) return;
    work.fullTold = true;
    work.ports.probationFull?.(work.name);
  }

  #committed(offers: readonly Offer[], outputs: Plan["outputs"], seq: number): void {
    const { counts, ports, outbox, history, tally } = this.#work;
    const { faults } = ports;
    faults.pass("ack:before");
    counts.handled += offers.length;
    counts.published += outputs.length;
    const now = this.#work.now();
    for (const offer of offers) {
      // What waited in the journal says nothing about how quick the version is.
      if (!offer.kept && offer.time > this.#work.mended) tally.committed(this.#work.age(offer.time, now));
      offer.settle();
    }
    if (offers[0]?.sent) faults.pass("rerun:between");
    if (outputs.length === 0) {
      // Nothing to send: the history up to here may go.
      if (outbox.backlog === 0) history.sent(seq);
      return;
    }
    faults.pass("output:before-send");
    outbox.put(seq, outputs);
    faults.pass("output:after-send");
  }

  /** One input failed alone: again at once, again later, or never. */
  async #failed(offer: Offer, input: Uint8Array, stop: SandboxStop, millis: number, epoch: number): Promise<Offer[]> {
    const work = this.#work;
    const { clock, retry, emit } = work.ports;
    const error = stopError(stop);
    const attempts = offer.attempts + 1;
    work.counts.failures++;
    work.failuresInRow++;
    work.lastError = error;
    work.tally.failed(error.code, millis);
    const method = methodOf(offer, work.handlers);
    const scope = {
      plugin: work.name,
      version: work.version.manifest.version,
      retry,
      now: clock.now(),
      id: this.#place(offer),
      method,
    };
    const verdict = judge(error, attempts, input, scope);
    if (verdict.fate === "again") return this.handle([{ ...offer, attempts }], epoch);
    if (scope.id === work.seq) work.seq++;
    const ops = [...offer.ops, verdict.op];
    if (verdict.fate === "dead") {
      work.tally.gaveUp();
      // The oldest make room; the count of all of them stays. A rollback may have to handle them again.
      if (++work.counts.deadLetters % TRIM_DEAD_EVERY === 0 && !work.probation && !work.rerun)
        ops.push(["dead.trim", work.name, KEPT_DEAD]);
    }
    work.committer.add({ ops, bytes: input.length, offers: [offer], committed: () => offer.settle() });
    if (verdict.fate === "later") {
      work.pending.again(verdict.row);
      work.health = "backing-off";
    }
    emit(failureEvent(verdict.fate, work.name, error));
    if (work.failuresInRow >= retry.pauseAfter) this.#pause(error);
    return [];
  }
}
