import { integer } from "./check.ts";
import { Handle } from "./handle.ts";

const MAX_PAGES = 65_536;
const GiB = 2 ** 30;

/**
 * A guest's linear memory. Bytes are copied in and out: a view would go stale when the memory grows, and after its
 * store is closed it could show another guest's memory.
 */
export class Memory extends Handle<"Memory"> {
  /** Size in bytes. */
  get size(): number {
    return this.binding.memorySize(this.native);
  }

  /** Grows by `pages` of 64 KiB and returns how many there were. Throws WasmtimeError `grow` beyond a limit. */
  grow(pages: number): number {
    return this.binding.memoryGrow(this.native, integer("pages", pages, 0, MAX_PAGES));
  }

  /** A copy of `length` bytes at `offset`. Throws WasmtimeError `option` or `range`. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const size = this.size;
    const bytes = new Uint8Array(integer("length", length, 0, size));
    this.binding.memoryRead(this.native, integer("offset", offset, 0, size), bytes);
    return bytes;
  }

  /** Fills `into` from `offset` on. Throws WasmtimeError `range`. */
  readInto(offset: number, into: Uint8Array): void {
    this.binding.memoryRead(this.native, integer("offset", offset, 0, 4 * GiB), into);
  }

  /** Copies `bytes` to `offset`. Throws WasmtimeError `range`. */
  write(offset: number, bytes: Uint8Array): void {
    this.binding.memoryWrite(this.native, integer("offset", offset, 0, 4 * GiB), bytes);
  }
}
