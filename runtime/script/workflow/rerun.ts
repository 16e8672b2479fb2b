import { decodeInputs, type Handler, type Input } from "../../contract/index.ts";
import type { Journal, Op } from "../../store/index.ts";
import { readMeta } from "./answer.ts";
import type { Offer, SentOutput } from "./offer.ts";
import { handlerName, handlerNumber, NONE } from "./renumber.ts";
import type { Requests } from "./requests.ts";
import { sentByInput } from "./sent.ts";
import type { Timers } from "./timers.ts";

/** A clock that was set while a version was on probation: before input `seq`, by `delta` ms. */
export interface Jump {
  readonly seq: number;
  readonly delta: number;
  /** What it showed then, ms since the epoch. */
  readonly at: number;
}

/** Inputs that are to be handled again, as the journal has them. */
export interface RerunRow {
  /** The name under which they are written down: the plugin's own, or another's. */
  readonly source: string;
  /** The version that inputs which still waited are numbered by. */
  readonly version: string;
  readonly next: number;
  readonly end: number;
  /** Handlers of each version that handled them, by its number. */
  readonly handlers: Readonly<Record<string, readonly Handler[]>>;
  readonly jumps: readonly Jump[];
  /** Others, that come after these. */
  readonly later?: RerunRow;
}

/** What comes next in handling inputs again. */
export type Step =
  | { readonly kind: "inputs"; readonly offers: Offer[] }
  /** Nothing is handled, this is to be committed. */
  | { readonly kind: "pass"; readonly ops: readonly Op[] }
  | { readonly kind: "jump"; readonly delta: number; readonly ops: readonly Op[] }
  | { readonly kind: "done"; readonly later: RerunRow | undefined };

export interface RerunPorts {
  readonly plugin: string;
  readonly journal: Pick<Journal, "read">;
  readonly timers: Timers;
  readonly requests: Pick<Requests, "answer">;
  /** Handlers of the version that handles them now. */
  handlers(): readonly Handler[];
  /** ms since the epoch. */
  now(): number;
}

/** As many batches, dead letters and waiting inputs are read at once. */
const PAGE_BATCHES = 16;
const PAGE_ROWS = 256;
/** Within so many ms an input can't make a timer ring: none is shorter (plan.ts). */
const TIMER_FREE_MS = 10;
/** Timers that ring between two inputs; beyond, a timer that sets itself anew would have a day's rings made up for. */
const MAX_RINGS = 1_000;

interface Item {
  readonly number: number;
  readonly offer: Offer | undefined;
  /** A model's answer: it is handled where the version asked the same. */
  readonly answer?: { readonly input: Input; readonly sent: readonly SentOutput[] };
  /** What is to be committed when it is passed over. */
  readonly ops: readonly Op[];
}

/**
 * The inputs since a swap, for the version that is back, in the order in which they were handled:
 *
 *   messages                 with their own time and their own seed, wherever they are: handled, given up (dead letters), waiting
 *   schedules                likewise, where the version has the very same schedule: the clock's doing, whoever is at work
 *   timers                   not as they are written down: they are what the other version's code led to. The version's own timers,
 *                            restored as they were, ring between the inputs when they are due, and so do those that it sets now
 *   answers of models        to the version's own requests, where it asked a model the same; what nobody answered by the end is run then
 *   jumps of the clock       shift its timers where they came; the times of another's inputs are those that the clock would show now
 *   for handlers it hasn't   nothing: it would not have been given them
 *
 * Each is committed with its effects and with where the next one is (`rerun.next`): after a crash it goes on from there, none is
 * lost and none is applied twice. Timers of a version that handles another's inputs (`source`) ring by themselves meanwhile.
 */
export class Rerun {
  readonly row: RerunRow;
  readonly #ports: RerunPorts;
  #jumps: readonly Jump[];
  #later: RerunRow | undefined;
  #items: Item[] = [];
  /** Up to here the items were read. */
  #read: number;
  /** Taken and not handled: they come first. */
  #back: Offer[] = [];
  #rings = 0;
  /** By a timer's name: what was sent when it rang for the other version, as far as it is read. */
  readonly #rung = new Map<string, SentOutput[][]>();
  /** Time of the last input. */
  #time = Number.NEGATIVE_INFINITY;

  constructor(row: RerunRow, ports: RerunPorts) {
    this.row = row;
    this.#ports = ports;
    this.#jumps = row.jumps;
    this.#later = row.later;
    this.#read = row.next;
  }

  /** Whether the plugin's own timers ring in the order of these inputs. */
  get ownTimers(): boolean {
    return this.row.source === this.#ports.plugin;
  }

  /** Whether a row of that number waits for its turn here. */
  covers(number: number): boolean {
    return this.ownTimers && number >= this.row.next && number < this.row.end;
  }

  putBack(offers: readonly Offer[]): void {
    this.#back = [...offers, ...this.#back];
  }

  /** The clock was set while they are handled. Returns what to commit. */
  jumped(delta: number): Op[] {
    const at = this.#ports.now() - delta;
    const later = this.#later;
    this.#jumps = [...this.#jumps, { seq: this.row.end, delta, at }];
    if (later) this.#later = { ...later, jumps: [...later.jumps, { seq: later.end, delta, at }] };
    if (!this.ownTimers) this.#back = this.#back.map((offer) => ({ ...offer, time: offer.time + delta }));
    return [this.#jumpsOp()];
  }

  /** Up to `limit` inputs. Nothing is changed by asking, but for where the next ones come from. */
  async next(limit: number): Promise<Step> {
    if (this.#back.length > 0) return { kind: "inputs", offers: this.#back.splice(0, limit) };
    if (this.#items.length === 0 && this.#read < this.row.end) await this.#readPage();
    const first = this.#items[0];
    const [jump, ...later] = this.#jumps;
    if (jump && this.ownTimers && (!first || first.number >= jump.seq)) {
      const ring = this.#ring(jump.at);
      if (ring) return { kind: "inputs", offers: [ring] };
      this.#jumps = later;
      this.#time = Number.NEGATIVE_INFINITY;
      return { kind: "jump", delta: jump.delta, ops: [this.#jumpsOp()] };
    }
    const until = first ? (first.offer ?? first.answer?.input)?.time : this.#ports.now();
    const ring = until === undefined ? undefined : this.#ring(until);
    if (ring) return { kind: "inputs", offers: [ring] };
    if (!first) return { kind: "done", later: this.#later };
    const answer = this.#answer(first);
    if (answer) {
      this.#items.shift();
      return { kind: "inputs", offers: [answer] };
    }
    if (!first.offer) {
      this.#items.shift();
      return { kind: "pass", ops: first.ops };
    }
    return { kind: "inputs", offers: this.#take(limit, first.offer.time) };
  }

  #jumpsOp(): Op {
    const later = this.#later ? JSON.stringify(this.#later) : null;
    return ["rerun.jumps", this.#ports.plugin, JSON.stringify(this.#jumps), later];
  }

  /** A timer that is due by `until`, in its order: what it leads to may be another. */
  #ring(until: number): Offer | undefined {
    const { timers } = this.#ports;
    const next = this.ownTimers && this.#rings < MAX_RINGS ? timers.next() : undefined;
    if (!next || next.due > until) return undefined;
    const input = timers.ringing(next.name, Math.max(next.due, this.#time));
    if (!input) return undefined;
    this.#rings++;
    this.#time = input.time;
    const sent = this.#rung.get(next.name)?.shift();
    return { ...input, ...(sent && { sent }), settle() {} };
  }

  /** The recorded answer of a model, to a request of this version. */
  #answer({ answer, ops, number }: Item): Offer | undefined {
    if (!answer) return undefined;
    const { input, sent } = answer;
    const { payload, meta, seed, time } = input;
    const offer = this.#ports.requests.answer(readMeta(meta).hash, { payload, meta }, time);
    if (!offer) return undefined;
    this.#time = time;
    return this.#timed({ ...offer, seed, kept: true, ops: [...ops, ...offer.ops], sent }, number);
  }

  /** A batch in which no timer can come due: those at hand are later, and those that it sets are later still. */
  #take(limit: number, from: number): Offer[] {
    const due = this.ownTimers ? Math.min(from + TIMER_FREE_MS, this.#dueAfter()) : Number.POSITIVE_INFINITY;
    const jump = (this.ownTimers ? this.#jumps[0]?.seq : undefined) ?? Number.POSITIVE_INFINITY;
    const offers: Offer[] = [];
    while (offers.length < limit) {
      const [item] = this.#items;
      if (!item?.offer || item.number >= jump) break;
      if (offers.length > 0 && (item.offer.time >= due || item.offer.time < from)) break;
      offers.push(this.#timed(item.offer, item.number));
      this.#items.shift();
      this.#time = item.offer.time;
    }
    this.#rings = 0;
    return offers;
  }

  /** An input of another's, which may set timers: by the time of before a jump they would ring at once, or never. */
  #timed(offer: Offer, number: number): Offer {
    if (this.ownTimers) return offer;
    const shifted = (time: number, { seq, delta, at }: Jump) => (number < seq && time <= at ? time + delta : time);
    const time = this.#jumps.reduce(shifted, offer.time);
    return time === offer.time ? offer : { ...offer, time };
  }

  #dueAfter(): number {
    return this.#rings < MAX_RINGS ? (this.#ports.timers.next()?.due ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }

  async #readPage(): Promise<void> {
    const { journal } = this.#ports;
    const { source, end } = this.row;
    const from = this.#read;
    const [batches, dead, waiting] = await Promise.all([
      journal.read("batch.range", source, from, end, PAGE_BATCHES),
      journal.read("dead.range", source, from, end, PAGE_ROWS),
      journal.read("pending.range", source, from, end, PAGE_ROWS),
    ]);
    // What is read of one is of use only as far as the others were read, too.
    const bounds = [end];
    const lastBatch = batches.at(-1);
    if (lastBatch && batches.length === PAGE_BATCHES) bounds.push(lastBatch.seq + lastBatch.count);
    for (const rows of [dead, waiting]) {
      const last = rows.at(-1);
      if (last && rows.length === PAGE_ROWS) bounds.push(last.number + 1);
    }
    const to = Math.min(...bounds);
    const items = [
      ...batches.flatMap(({ seq, count, version, inputs, effects, withheld }) => {
        const sent = sentByInput(count, effects, withheld);
        return decodeInputs(inputs).map((input, i) => {
          if (input.kind === "timer") this.#noteRing(input.name, sent[i] ?? []);
          return this.#item(seq + i, input, this.#nameIn(version, input), [], sent[i]);
        });
      }),
      ...dead.map(({ number, version, input, method }) =>
        this.#rowItem(number, input, method, version, ["dead.delete", source, String(number)]),
      ),
      ...waiting.map(({ number, input, method }) =>
        this.#rowItem(number, input, method, this.row.version, ["pending.delete", source, String(number)]),
      ),
    ];
    this.#items = items.filter(({ number }) => number >= from && number < to).sort((a, b) => a.number - b.number);
    this.#read = to;
  }

  /** The version's own timers ring for themselves, and need not say again what this one said. */
  #noteRing(name: string, sent: SentOutput[]): void {
    if (!this.ownTimers || sent.length === 0) return;
    const known = this.#rung.get(name);
    if (known) known.push(sent);
    else this.#rung.set(name, [sent]);
  }

  #rowItem(number: number, frame: Uint8Array, method: string | null, version: string, gone: Op): Item {
    const [input] = decodeInputs(frame) as [Input];
    return this.#item(number, input, method ?? this.#nameIn(version, input), [gone], undefined);
  }

  #nameIn(version: string, { handler }: Input): string | undefined {
    return handlerName(this.row.handlers[version] ?? [], handler);
  }

  #item(number: number, input: Input, name: string | undefined, gone: readonly Op[], sent: Offer["sent"]): Item {
    const ops: Op[] = [...gone, ["rerun.next", this.#ports.plugin, number + 1]];
    if (input.kind === "inference") return { number, offer: undefined, answer: { input, sent: sent ?? [] }, ops };
    const handler = name === undefined ? NONE : handlerNumber(this.#ports.handlers(), name);
    const wanted = handler !== NONE && (input.kind === "message" || (input.kind === "schedule" && this.#sameSchedule(handler)));
    if (!wanted) return { number, offer: undefined, ops };
    return { number, offer: { ...input, handler, attempts: 0, kept: true, ops, sent: sent ?? [], settle() {} }, ops };
  }

  #sameSchedule(handler: number): boolean {
    const mine = JSON.stringify(this.#ports.handlers()[handler]);
    return Object.values(this.row.handlers).every((handlers) => handlers.some((one) => JSON.stringify(one) === mine));
  }
}
