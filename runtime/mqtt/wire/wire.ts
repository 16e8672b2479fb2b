import type { Socket } from "node:net";
import { asStepppsError, type StepppsError } from "../../contract/index.ts";
import { type Corker, Egress } from "./egress.ts";
import { Framer } from "./framer.ts";
import { Passage } from "./passage.ts";
import type { Holder, Unfinished } from "./unfinished.ts";

const GRACE_MS = 2000;

interface Options {
  readonly corker: Corker;
  /** Counts what has not arrived whole, where many share a bound. */
  readonly unfinished?: Unfinished;
  /** Largest packet taken, by type, without its fixed header. */
  readonly limit: (type: number) => number;
  /** Bytes unread by the other side at which the library's writes wait. */
  readonly fullAt: number;
  /** Deals with the packet that the framer stands at; false leaves it to the library. May throw E_MQTT_*. */
  readonly take: (framer: Framer) => boolean;
  /** More may be read now. When this turns true again, `resume` has to be called. */
  readonly mayRead: () => boolean;
  /** Something was read. */
  readonly onHeard: () => void;
  /** The other side broke the protocol. */
  readonly onError: (error: StepppsError) => void;
  /** The network failed; `onGone` follows. */
  readonly onFailure: (error: Error) => void;
  /** It is over; called once. */
  readonly onGone: () => void;
}

/**
 * A socket shared between an MQTT library and the short way past it:
 *
 *   socket ──▶ framer ──┬─ what `take` takes
 *                       └─ the rest ─▶ passage ──▶ library
 *   socket ◀── egress ◀─┬─ our packets
 *                       └─ passage ◀── library
 */
export class Wire {
  readonly egress: Egress;
  /** What the library takes for the socket. */
  readonly passage: Passage;
  readonly #socket: Socket;
  readonly #options: Options;
  readonly #framer: Framer;
  /** How the unfinished packets' bound knows it. */
  readonly #counting: Holder | undefined;
  #room = true;
  /** `receive` said no; `resume` reads on. */
  #stopped = false;
  #gone = false;

  constructor(socket: Socket, options: Options) {
    this.#socket = socket;
    this.#options = options;
    this.#framer = new Framer(options.limit);
    const { unfinished } = options;
    this.#counting = unfinished && { ending: (error) => this.#broken(error) };
    this.egress = new Egress(socket, options.corker);
    const onRoom = () => {
      this.#room = true;
      this.resume();
    };
    this.passage = new Passage({ egress: this.egress, fullAt: options.fullAt, onRoom, onGone: () => this.#end() });
    socket.setNoDelay(true);
    socket.on("drain", () => this.passage.drained());
    socket.on("error", options.onFailure);
    socket.on("close", () => this.passage.destroy());
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Ends it. What was said last still goes out. */
  end(): void {
    this.passage.destroy();
  }

  /** Reads on, if it may. */
  resume(): void {
    if (this.#gone || !this.#stopped || !this.#mayRead()) return;
    this.#stopped = false;
    this.#read();
    if (this.#mayRead()) this.#socket.resume();
    else this.#stopped = true;
  }

  /** Bytes from the socket. False: no more of them until they are asked for with `socket.resume()`. */
  receive(chunk: Buffer): boolean {
    if (this.#gone) return true;
    this.#options.onHeard();
    this.#framer.push(chunk);
    this.#read();
    this.#stopped = !this.#gone && !this.#mayRead();
    return !this.#stopped;
  }

  #mayRead(): boolean {
    return this.#room && this.#options.mayRead();
  }

  #read(): void {
    const framer = this.#framer;
    try {
      while (!this.#gone && this.#mayRead() && framer.next()) {
        if (!this.#options.take(framer)) {
          this.#room = this.passage.push(framer.buffer.subarray(framer.start, framer.end));
        }
      }
    } catch (thrown) {
      this.#broken(asStepppsError(thrown, "E_MQTT_PACKET"));
    }
    if (this.#counting && !this.#gone) this.#options.unfinished?.count(this.#counting, framer.held);
  }

  #broken(error: StepppsError): void {
    if (this.#gone) return;
    this.#options.onError(error);
    this.end();
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#counting) this.#options.unfinished?.count(this.#counting, 0);
    const socket = this.#socket;
    this.egress.flush();
    socket.destroySoon();
    socket.resume();
    // The other side may never read what was said last
    const grace = setTimeout(() => socket.destroy(), GRACE_MS);
    socket.once("close", () => clearTimeout(grace));
    this.#options.onGone();
  }
}
