import { asStepppsError, controlTopic, type Faults, StepppsError } from "../contract/index.ts";
import type { Bus, Delivery } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";
import { assemble, locate } from "./assemble.ts";
import { DEFAULT_TRANSFER_LIMITS, surplus, type TransferLimits } from "./limits.ts";
import { type Artefact, artefactId, decodeOffer, encodeWant } from "./offer.ts";
import { baseOf, decodePiece } from "./piece.ts";
import { StoredEnvelopes } from "./stored.ts";
import { Transfer } from "./transfer.ts";
import { Waste } from "./waste.ts";
import { WholeEnvelopes } from "./whole.ts";

export interface TransfersOptions {
  readonly device: string;
  readonly bus: Pick<Bus, "subscribe" | "publish">;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly clock: Pick<Clock, "now">;
  readonly faults: Faults;
  readonly limits?: Partial<TransferLimits>;
  /**
   * Told of each artefact once it is whole; it may come again after a crash. What is kept of the transfer is forgotten when this
   * resolves, and kept for another try when it rejects: the sender is told why.
   */
  take(artefact: Artefact): Promise<unknown>;
  /** Told of what went wrong with an artefact as a whole. */
  report(error: StepppsError): void;
}

const ID = /^[0-9a-f]{64}$/;

/**
 * The device's side of contract/transfer.ts.
 *
 * Who may publish to these topics is the broker's to say; nothing in an offer is signed, and the signatures of an artefact can be
 * checked only when it is whole. So what is unfinished is bounded in number, bytes and age, and what comes to nothing in bytes a
 * day; an offer alone writes nothing to the disk; and whoever may offer can push out only what is idle, or keep others waiting.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #limits: TransferLimits;
  readonly #stored: StoredEnvelopes;
  readonly #open = new Map<string, Transfer>();
  readonly #offers: string;
  readonly #chunks: string;
  readonly #wholeTopic: string;
  readonly #whole: WholeEnvelopes;
  /** What is done one after the other: everything but waiting for the disk and for those who take artefacts. */
  #turns: Promise<void> = Promise.resolve();
  readonly #waste: Waste;
  #waitingBytes = 0;
  readonly #handing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_TRANSFER_LIMITS, ...options.limits };
    this.#stored = new StoredEnvelopes(options.journal);
    this.#waste = new Waste(this.#limits.wasted);
    this.#offers = controlTopic.offer(options.device, "");
    this.#chunks = controlTopic.chunk(options.device, "");
    this.#wholeTopic = controlTopic.deploy(options.device);
    const settle = (message: Delivery, done: (error?: Error) => void) => this.#settle(message, done);
    this.#whole = new WholeEnvelopes({ ...options, limits: this.#limits, settle });
    // Before the first message is looked at: what was begun is in the journal.
    this.#turns = this.#load().catch((error: unknown) => options.report(asStepppsError(error, "E_STORE_IO")));
  }

  async start(): Promise<void> {
    const { bus, device } = this.#options;
    await bus.subscribe(controlTopic.offer(device, "+"));
    await bus.subscribe(controlTopic.chunk(device, "+"));
    await bus.subscribe(this.#wholeTopic);
  }

  /** Hands on what was whole when the device went down. */
  resume(): Promise<void> {
    return this.#turn(async () => {
      for (const transfer of this.#open.values()) {
        await locate(transfer, this.#stored);
        if (transfer.whole) await this.#finish(transfer);
      }
    });
  }

  /** Whether `message` was for this; `done` is called once what it brought is on disk. */
  take(message: Delivery, done: (error?: Error) => void): boolean {
    const { topic, payload, retain } = message;
    if (topic === this.#wholeTopic) {
      if (retain || this.#closed) this.#settle(message, done);
      else this.#whole.take(message, done);
      return true;
    }
    const offer = topic.startsWith(this.#offers);
    if (!offer && !topic.startsWith(this.#chunks)) return false;
    const id = topic.slice((offer ? this.#offers : this.#chunks).length);
    // A broker elsewhere may have kept it from long ago.
    if (retain || !ID.test(id) || this.#closed) this.#settle(message, done);
    else if (this.#waitingBytes + payload.length > this.#limits.waitingBytes) {
      void this.#answer(id, new StepppsError("E_TRANSFER_BUSY")).then(() => this.#settle(message, done));
    } else {
      const copy = payload.slice();
      this.#waitingBytes += copy.length;
      const settled = (error?: Error) => {
        this.#waitingBytes -= copy.length;
        done(error);
      };
      const work = () => (offer ? this.#offer(id, copy, message, settled) : this.#piece(id, copy, message, settled));
      this.#turn(work).catch((error: unknown) => this.#refuse(id, error, message, settled));
    }
    return true;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.catch(() => {});
    await Promise.all([...this.#handing, this.#whole.idle()]);
  }

  #turn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => {});
    return turn;
  }

  async #load(): Promise<void> {
    const { journal } = this.#options;
    for (const { id, time, offer } of await journal.read("transfer.all")) {
      try {
        const encoded = offer.slice();
        const transfer = new Transfer(id, decodeOffer(encoded, this.#limits.bytes), encoded, time, true);
        for (const { number } of await journal.read("transfer.have", id)) transfer.staged.add(number);
        this.#open.set(id, transfer);
      } catch (error) {
        // Another version of this program took it, under other bounds.
        this.#options.report(asStepppsError(error, "E_TRANSFER_OFFER"));
        await journal.commit([["transfer.end", id]]);
      }
    }
  }

  async #offer(id: string, payload: Uint8Array, message: Delivery, done: (error?: Error) => void): Promise<void> {
    const known = this.#open.get(id);
    if (known && Buffer.from(known.encoded).equals(payload)) {
      // What was looked up before may have been deleted since.
      await locate(known, this.#stored);
    } else {
      // The same artefact cut otherwise: its chunks have other numbers.
      if (known && !known.handing) await this.#giveUp(known);
      if (!known?.handing) await this.#begin(id, payload);
    }
    const transfer = this.#open.get(id) as Transfer;
    await this.#want(transfer);
    this.#settle(message, done);
    if (transfer.whole) await this.#finish(transfer);
  }

  async #begin(id: string, payload: Uint8Array): Promise<void> {
    const offer = decodeOffer(payload, this.#limits.bytes);
    const now = this.#options.clock.now();
    if (this.#waste.tooMuch(now)) throw new StepppsError("E_TRANSFER_BUSY", "too much came to nothing today");
    for (const old of surplus(this.#open.values(), offer.bytes, this.#limits, now)) await this.#giveUp(old);
    const transfer = new Transfer(id, offer, payload, now, false);
    await locate(transfer, this.#stored);
    this.#open.set(id, transfer);
  }

  async #piece(id: string, payload: Uint8Array, message: Delivery, done: (error?: Error) => void): Promise<void> {
    const { journal, faults } = this.#options;
    const transfer = this.#open.get(id);
    if (!transfer) throw new StepppsError("E_TRANSFER_UNKNOWN", id);
    const prefix = baseOf(payload);
    const base = prefix === undefined ? undefined : await this.#stored.base(prefix);
    const chunks = decodePiece(payload, transfer.offer, base);
    if (this.#open.get(id) !== transfer) throw new StepppsError("E_TRANSFER_UNKNOWN", id);
    const ops = transfer.stage(chunks);
    // Others may go on while this is written; several pieces share an fsync.
    if (ops.length > 0) {
      transfer.begun = true;
      transfer.touched = this.#options.clock.now();
    }
    const written = journal.commit([...ops, ...message.ops]).then(() => {
      for (const { index } of chunks) transfer.staged.add(index);
      faults.pass("transfer:after-chunk");
      done();
      if (transfer.whole) void this.#turn(() => this.#finish(transfer)).catch((error: unknown) => this.#failed(id, error));
    });
    written.catch((error: unknown) => this.#refuse(id, error, message, done));
  }

  /** Puts the artefact together, and hands it on. */
  async #finish(transfer: Transfer): Promise<void> {
    const { faults } = this.#options;
    const { id, offer } = transfer;
    if (transfer.handing || this.#open.get(id) !== transfer) return;
    const bytes = await assemble(transfer, this.#stored, this.#options.journal);
    if (!bytes) return this.#want(transfer);
    if (artefactId(bytes) !== id) {
      await this.#giveUp(transfer);
      throw new StepppsError("E_TRANSFER_HASH", id);
    }
    faults.pass("transfer:whole");
    transfer.handing = true;
    const handing = this.#handOn(transfer, { id, type: offer.type, bytes, options: offer.options ?? {} });
    this.#handing.add(handing);
    void handing.finally(() => this.#handing.delete(handing));
  }

  /** Never rejects. */
  async #handOn(transfer: Transfer, artefact: Artefact): Promise<void> {
    try {
      await this.#options.take(artefact);
      await this.#forget(transfer);
    } catch (error) {
      await this.#failed(transfer.id, error);
    } finally {
      transfer.handing = false;
    }
  }

  /** It comes to nothing. */
  async #giveUp(transfer: Transfer): Promise<void> {
    this.#waste.add(transfer.stagedBytes, this.#options.clock.now());
    await this.#forget(transfer);
  }

  async #forget(transfer: Transfer): Promise<void> {
    // First from here: a piece that comes meanwhile must not be written behind the deletion.
    if (this.#open.get(transfer.id) === transfer) this.#open.delete(transfer.id);
    if (this.#open.size === 0) this.#stored.rest();
    if (transfer.begun) await this.#options.journal.commit([["transfer.end", transfer.id]]);
  }

  async #want(transfer: Transfer): Promise<void> {
    const { offer } = transfer;
    const prefixes: string[] = [];
    for (let at = 0; at < (offer.bases?.length ?? 0); at += 16) {
      prefixes.push(Buffer.from(offer.bases?.subarray(at, at + 16) ?? []).toString("hex"));
    }
    const missing = transfer.missing();
    const base = missing.length > 0 ? await this.#stored.find(prefixes) : undefined;
    const prefix = base === undefined ? undefined : { base: Buffer.from(base, "hex").subarray(0, 16) };
    await this.#send(transfer.id, encodeWant({ missing, ...prefix }));
  }

  /** What is the sender's fault is answered and over; what failed here is not acknowledged, so that it is sent again. */
  async #refuse(id: string, thrown: unknown, message: Delivery, done: (error?: Error) => void): Promise<void> {
    const transfer = this.#open.get(id);
    // A full disk needs the room more than the sender needs to be spared its bytes.
    if ((thrown as Partial<StepppsError>).code === "E_STORE_FULL" && transfer) await this.#forget(transfer).catch(() => {});
    const error = await this.#failed(id, thrown);
    if (error.code.startsWith("E_TRANSFER_")) this.#settle(message, done);
    else done(error);
  }

  /** Tells the sender, and whoever looks after the device where it is about more than a piece. */
  async #failed(id: string, thrown: unknown): Promise<StepppsError> {
    const error = asStepppsError(thrown, "E_TRANSFER_CHUNK");
    if (error.code === "E_TRANSFER_HASH" || !error.code.startsWith("E_TRANSFER_")) this.#options.report(error);
    await this.#answer(id, error);
    return error;
  }

  #answer(id: string, error: StepppsError): Promise<void> {
    const { code, what, detail, fix } = error.toJSON();
    return this.#send(id, encodeWant({ missing: this.#open.get(id)?.missing() ?? [], error: { code, what, detail, fix } }));
  }

  /** Never rejects: a sender that hears nothing offers again. */
  async #send(id: string, payload: Uint8Array): Promise<void> {
    const { bus, device } = this.#options;
    await bus.publish({ topic: controlTopic.want(device, id), payload, qos: 1, retain: false }).catch(() => {});
  }

  /** What the broker has to remember of the message is on disk before its sender is told that it arrived. */
  #settle({ ops }: Delivery, done: (error?: Error) => void): void {
    if (ops.length === 0) done();
    else this.#options.journal.commit(ops).then(() => done(), done);
  }
}
