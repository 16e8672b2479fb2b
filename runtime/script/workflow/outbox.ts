import type { Message } from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";

export interface OutboxOptions {
  /** Resolves when the broker holds the messages; rejects when it can't take them now. */
  send(messages: readonly Message[]): Promise<void>;
  /** Everything up to `seq` is sent. */
  sent(seq: number): void;
  readonly clock: Clock;
}

interface Parcel {
  readonly seq: number;
  readonly messages: readonly Message[];
  /** The broker was given it, whatever became of that. */
  handed: boolean;
}

const RETRY_MS = 1_000;
/** Parcels on their way at once: order is kept by the broker's connection, this bounds memory. */
const WINDOW = 64;

/** For the broker to take what is on its way when it ends. */
const GOODBYE_MS = 2_000;

/** Sends what was committed, in order, again and again until the broker has it. */
export class Outbox {
  #waiting: Parcel[] = [];
  #onTheWay: Parcel[] = [];
  #messages = 0;
  #arrivedLast = -1;
  #retry: Alarm | undefined;
  #idle: (() => void)[] = [];
  #closing = false;
  #closed = false;
  #goodbye: Alarm | undefined;
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Messages that are not yet with the broker. */
  get messages(): number {
    return this.#messages;
  }

  /** Batches whose outputs are not yet all with the broker. */
  get backlog(): number {
    return this.#waiting.length + this.#onTheWay.length;
  }

  put(seq: number, messages: readonly Message[]): void {
    this.#waiting.push({ seq, messages, handed: false });
    this.#messages += messages.length;
    this.#bound();
    this.#pump();
  }

  /**
   * Takes out what came from batch `seq` on and was never given to the broker. Undefined when there is none of that; otherwise the
   * first of those batches, and `undo`, which puts them back.
   */
  drop(seq: number): { readonly first: number; undo(): void } | undefined {
    const dropped = this.#waiting.filter((parcel) => parcel.seq >= seq && !parcel.handed);
    const [first] = dropped;
    if (!first) return undefined;
    this.#waiting = this.#waiting.filter((parcel) => !dropped.includes(parcel));
    for (const { messages } of dropped) this.#messages -= messages.length;
    this.#settle();
    return {
      first: first.seq,
      undo: () => {
        for (const { seq, messages } of dropped) this.put(seq, messages);
      },
    };
  }

  /** Resolves when everything is with the broker, or, after `close`, when nothing more will be tried. */
  idle(): Promise<void> {
    return this.backlog === 0 || this.#closed ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Lets go of those who wait for `idle`: there may be something else for them to do. */
  nudge(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /**
   * Sends what there is, once: what the broker does not take now waits in the journal for the next start. Nor does it wait long for the
   * answer: a broker that sends what nobody takes any more is hung up on, again and again.
   */
  close(): void {
    this.#closing = true;
    if (this.#retry) this.#end();
    else this.#bound();
  }

  #pump(): void {
    while (!this.#closed && !this.#retry && this.#waiting.length > 0 && this.#onTheWay.length < WINDOW) {
      const parcel = this.#waiting.shift() as Parcel;
      parcel.handed = true;
      this.#onTheWay.push(parcel);
      this.#options.send(parcel.messages).then(
        () => this.#arrived(parcel),
        () => this.#failed(),
      );
    }
  }

  #arrived(parcel: Parcel): void {
    const index = this.#onTheWay.indexOf(parcel);
    if (index < 0) return;
    this.#onTheWay.splice(index, 1);
    this.#messages -= parcel.messages.length;
    this.#arrivedLast = Math.max(this.#arrivedLast, parcel.seq);
    // A later parcel may arrive first: the cursor moves only over a gapless run.
    const open = this.#onTheWay[0] ?? this.#waiting[0];
    if (index === 0) this.#options.sent(open ? open.seq - 1 : this.#arrivedLast);
    this.#pump();
    this.#settle();
  }

  /** Sends everything unanswered again, in order, a little later. Receivers know repeats by their id. */
  #failed(): void {
    if (this.#retry || this.#closed) return;
    if (this.#closing) return this.#end();
    this.#waiting = [...this.#onTheWay, ...this.#waiting];
    this.#onTheWay = [];
    this.#retry = this.#options.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#pump();
    });
  }

  #end(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#settle();
  }

  /** Closing, it waits for what there is, and not for ever. */
  #bound(): void {
    if (this.#closing && !this.#closed && this.backlog > 0)
      this.#goodbye ??= this.#options.clock.after(GOODBYE_MS, () => this.#end());
  }

  #settle(): void {
    if (this.backlog > 0 && !this.#closed) return;
    this.#goodbye?.cancel();
    this.#goodbye = undefined;
    this.nudge();
  }
}
