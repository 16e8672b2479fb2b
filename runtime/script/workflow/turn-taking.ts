import type { Op } from "../../store/index.ts";
import type { Handling } from "./handling.ts";
import type { Offer } from "./offer.ts";
import { rerunSet } from "./probation.ts";
import type { Rerun, RerunRow } from "./rerun.ts";
import type { Work } from "./work.ts";

const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Batches run ahead of the disk and of the broker before the plugin waits for them. */
const MAX_AHEAD = 8;
const MAX_UNSENT = 64;
/** Then it takes only what comes from plugins, which may in turn wait for it; and nothing at all beyond this. */
const MAX_UNSENT_INSIDE = 1024;
const MAX_UNSENT_MESSAGES = 20_000;
/** How long a journal that did not answer is left alone. */
const READ_RETRY_MS = 1_000;

/** Says what a plugin handles next: inputs that are to be handled again come before anything new. */
export class TurnTaking {
  readonly #work: Work;
  readonly #handling: Handling;
  readonly #handled: () => void;

  /** `handled` is called after each batch. */
  constructor(work: Work, handling: Handling, handled: () => void) {
    this.#work = work;
    this.#handling = handling;
    this.#handled = handled;
  }

  /** Handles a batch, or waits for what has to come first. Never rejects. */
  async take(): Promise<void> {
    const work = this.#work;
    if (work.careful > 0) {
      await work.committer.idle();
      work.batchLimit = 1;
      work.careful--;
    }
    if (work.committer.backlog >= MAX_AHEAD) return work.committer.idle();
    if (work.rerun) return this.#again(work.rerun, work.epoch);
    const offers = this.#next();
    if (offers.length === 0) return this.#unsent();
    const handling = this.#handling.handle(offers, work.epoch);
    work.handling = handling;
    work.inbox.unshift(await handling);
    this.#handled();
  }

  /** A turn of handling inputs again. */
  async #again(rerun: Rerun, epoch: number): Promise<void> {
    const work = this.#work;
    const { timers, committer, inbox, ports } = work;
    const { backlog, messages } = this.#own();
    // Where its own inbox is full, what is unsent may wait for that: only what comes after these inputs can make room.
    if ((backlog >= MAX_UNSENT || messages >= MAX_UNSENT_MESSAGES) && !inbox.full) return this.#unsent();
    const step = await rerun.next(work.batchLimit).catch(() => undefined);
    if (epoch !== work.epoch || rerun !== work.rerun) return;
    if (!step) return new Promise((resolve) => void ports.clock.after(READ_RETRY_MS, resolve));
    switch (step.kind) {
      case "inputs": {
        const handling = this.#handling.handle(step.offers, epoch);
        work.handling = handling;
        rerun.putBack(await handling);
        this.#handled();
        break;
      }
      case "pass":
        committer.add({ ops: step.ops, offers: [], committed() {} });
        break;
      case "jump":
        committer.add({ ops: [...timers.shift(step.delta), ...step.ops], offers: [], committed() {} });
        break;
      case "done":
        this.#done(rerun, step.later);
    }
  }

  #done({ ownTimers }: Rerun, later: RerunRow | undefined): void {
    const work = this.#work;
    const { name, committer, timers, requests } = work;
    work.rerun = later && work.rerunOf(later);
    work.rerunEnds = later === undefined;
    const ops: Op[] = [later ? rerunSet(name, later) : ["rerun.delete", name]];
    committer.add({ ops, offers: [], committed: () => this.#over(later) });
    if (ownTimers) timers.release();
    if (!later) requests.release();
  }

  /** Not before it is on disk: the inputs are kept until then, and whoever waits for it may delete them. */
  #over(later: RerunRow | undefined): void {
    const { history, probation } = this.#work;
    history.keepFrom(probation?.seq, history.floorBytes);
    if (later) return;
    this.#work.rerunEnds = false;
    this.#work.tellRerunOver();
  }

  /** Waits until the broker has what was sent, unless there is something to do between two turns. */
  #unsent(): Promise<void> {
    const { holds, outbox } = this.#work;
    return holds > 0 ? Promise.resolve() : outbox.idle();
  }

  /** What waits to be sent beyond what the version before it left: that may be meant for this very inbox, which has to be emptied. */
  #own(): { backlog: number; messages: number } {
    const { outbox, inherited } = this.#work;
    return { backlog: outbox.backlog - inherited.parcels, messages: outbox.messages - inherited.messages };
  }

  #next(): Offer[] {
    const { inbox, batchLimit } = this.#work;
    const { backlog, messages } = this.#own();
    if (messages >= MAX_UNSENT_MESSAGES) return [];
    if (backlog < MAX_UNSENT) return this.#cut(inbox.take(batchLimit, MAX_BATCH_BYTES));
    return backlog < MAX_UNSENT_INSIDE ? inbox.takeInside(batchLimit) : [];
  }

  /** A timer begins a batch of its own: an input before it may have set it anew, and then it is no longer wanted. */
  #cut(offers: Offer[]): Offer[] {
    const at = offers.findIndex((offer, index) => index > 0 && offer.wanted !== undefined);
    if (at < 0) return offers;
    this.#work.inbox.unshift(offers.slice(at));
    return offers.slice(0, at);
  }
}
