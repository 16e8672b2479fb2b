import { type MemoryBinding, SharedMemory, Signal } from "../../memory/index.ts";
import { Arena } from "./arena.ts";
import { FRAMES_AT, Region } from "./region.ts";

/** Enough for two frames of the largest size and many of the usual one. Only what was used once takes memory. */
const CHANNEL_BYTES = 160 * 1024 * 1024;

/** What supervisor and worker talk through; it outlives a worker and serves the next one. */
export class Channel {
  readonly #memory: SharedMemory;
  readonly #wake: Signal;
  readonly #done: Signal;
  readonly region: Region;
  readonly arena: Arena;

  /** @param done called on the event loop when runs may be done */
  constructor(binding: MemoryBinding, done: () => void) {
    this.#memory = new SharedMemory(binding, CHANNEL_BYTES);
    this.#wake = new Signal(binding, true);
    this.#done = new Signal(binding, false);
    this.#done.watch(done);
    this.region = new Region(this.#memory.buffer);
    this.arena = new Arena(FRAMES_AT, CHANNEL_BYTES);
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** For the worker, as its descriptors 3, 4 and 5. */
  get descriptors(): readonly [memory: number, wake: number, done: number] {
    return [this.#memory.fd, this.#wake.fd, this.#done.fd];
  }

  wake(): void {
    this.#wake.raise();
  }

  close(): void {
    this.#done.close();
    this.#wake.close();
    this.#memory.close();
  }
}
