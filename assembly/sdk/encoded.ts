import { CborWriter } from "./cbor/writer";

/** The last encoding of a value, to tell whether it changed. */
@final
export class Encoded {
  private bytes: StaticArray<u8> = new StaticArray<u8>(0);

  /** Whether `encoding` is not the last one; it is from now on. */
  differs(encoding: CborWriter): bool {
    const length = encoding.length;
    if (this.bytes.length == length && memory.compare(changetype<usize>(this.bytes), encoding.pointer, length) == 0) return false;
    this.bytes = new StaticArray<u8>(length);
    memory.copy(changetype<usize>(this.bytes), encoding.pointer, length);
    return true;
  }
}
