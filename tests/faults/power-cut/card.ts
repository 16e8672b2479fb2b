import { open } from "node:fs/promises";
import type { PartitionPlace } from "../../../images/formats/gpt.ts";
import type { Cut } from "./cuts.ts";
import type { CardEvent, Write } from "./history.ts";

const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);

/** A card's content, in memory, as it was at one moment of its history after the other. */
export class Card {
  readonly #content: Buffer;
  readonly #events: readonly CardEvent[];
  readonly #pieceBytes: (offset: number) => number;
  /** By chunk, whether anything but zeros was ever there. */
  readonly #used: Uint8Array;
  #done = 0;

  private constructor(content: Buffer, events: readonly CardEvent[], pieceBytes: (offset: number) => number) {
    this.#content = content;
    this.#events = events;
    this.#pieceBytes = pieceBytes;
    this.#used = new Uint8Array(Math.ceil(content.length / CHUNK));
    for (let chunk = 0; chunk < this.#used.length; chunk++) this.#used[chunk] = Number(!this.#isEmpty(chunk));
  }

  /** As the image has it; what follows are `events`. */
  static async open(image: string, events: readonly CardEvent[], pieceBytes: (offset: number) => number): Promise<Card> {
    await using file = await open(image, "r");
    const content = Buffer.alloc((await file.stat()).size);
    for (let at = 0; at < content.length; ) {
      const { bytesRead } = await file.read(content, at, Math.min(content.length - at, 1 << 26), at);
      if (bytesRead === 0) throw new Error(`${image} was cut short`);
      at += bytesRead;
    }
    return new Card(content, events, pieceBytes);
  }

  /** Calls `use` while the content is what `cut` left. Cuts come in the order of their `whole`. */
  async after<T>(cut: Cut, use: () => Promise<T>): Promise<T> {
    this.#advance(cut.whole);
    const undo: Write[] = [];
    for (const { event, pieces } of cut.kept) {
      const { offset, bytes } = this.#events[event] as Write & { kind: "write" };
      for (const part of pieces ? this.#partsOf({ offset, bytes }, pieces) : [{ offset, bytes }]) {
        undo.push({ offset: part.offset, bytes: Buffer.from(this.#at(part)) });
        this.#put(part);
      }
    }
    try {
      return await use();
    } finally {
      for (const write of undo.reverse()) this.#put(write);
    }
  }

  /** Writes the content, or a partition of it, to a file, with holes where there is nothing but zeros. */
  async copy(path: string, { offset, size }: Pick<PartitionPlace, "offset" | "size"> = this.#whole): Promise<void> {
    await using file = await open(path, "w");
    await file.truncate(size);
    const [first, last] = [Math.floor(offset / CHUNK), Math.ceil((offset + size) / CHUNK)];
    for (let chunk = first; chunk < last; ) {
      let end = chunk;
      while (end < last && this.#used[end]) end++;
      const [from, to] = [Math.max(offset, chunk * CHUNK), Math.min(offset + size, end * CHUNK)];
      if (to > from) await file.write(this.#content, from, to - from, from - offset);
      chunk = end + 1;
    }
  }

  /** What lies there now; the same memory later has something else. */
  read(offset: number, length: number): Buffer {
    return this.#content.subarray(offset, offset + length);
  }

  get #whole() {
    return { offset: 0, size: this.#content.length };
  }

  #isEmpty(chunk: number): boolean {
    const bytes = this.#content.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    return bytes.equals(ZEROS.subarray(0, bytes.length));
  }

  #advance(to: number): void {
    if (to < this.#done) throw new Error("cuts come in their order");
    for (; this.#done < to; this.#done++) {
      const event = this.#events[this.#done];
      if (event?.kind === "write") this.#put(event);
      if (event?.kind === "loader") for (const write of event.writes) this.#put(write);
    }
  }

  #partsOf({ offset, bytes }: Write, pieces: readonly number[]): Write[] {
    const size = this.#pieceBytes(offset);
    return pieces.map((piece) => ({ offset: offset + piece * size, bytes: bytes.subarray(piece * size, (piece + 1) * size) }));
  }

  #at({ offset, bytes }: Write): Buffer {
    return this.#content.subarray(offset, offset + bytes.length);
  }

  #put({ offset, bytes }: Write): void {
    bytes.copy(this.#content, offset);
    this.#used.fill(1, Math.floor(offset / CHUNK), Math.ceil((offset + bytes.length) / CHUNK));
  }
}
