import { Duplex } from "node:stream";
import type { Egress } from "./egress.ts";

interface PassageOptions {
  readonly egress: Egress;
  /** Bytes in the egress beyond which writes wait. */
  readonly fullAt: number;
  /** aedes has room for more packets. */
  readonly onRoom: () => void;
  /** aedes wants the connection gone. */
  readonly onGone: () => void;
}

/**
 * What aedes takes for the client's socket: packets that the connection doesn't answer itself are pushed in, and what aedes says
 * goes out through the connection's egress, in order with everything else.
 */
export class Passage extends Duplex {
  readonly #options: PassageOptions;
  #waiting: (() => void) | undefined;

  constructor(options: PassageOptions) {
    super({ emitClose: true });
    this.#options = options;
  }

  override _read(): void {
    this.#options.onRoom();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#options.egress.append(chunk);
    this.#written(done);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#options.egress.append(chunk);
    this.#written(done);
  }

  /** The library has said its last word. */
  override _final(done: () => void): void {
    done();
    setImmediate(() => this.destroy());
  }

  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    this.#options.onGone();
    this.drained();
    done(null);
  }

  /** The socket took what was waiting. */
  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  #written(done: () => void): void {
    if (this.#options.egress.unread < this.#options.fullAt) done();
    else this.#waiting = done;
  }
}
