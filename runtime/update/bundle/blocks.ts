import { type ImagePart, StepppsError } from "../../contract/index.ts";
import { sizesFor } from "../../transfer/cut.ts";

/** A block of a part: where it goes, and where it lies in the bundle. */
export interface Block {
  /** SHA-256 in hex. */
  readonly hash: string;
  /** In the part. */
  readonly at: number;
  readonly length: number;
  /** From the bundle's first byte. */
  readonly storedAt: number;
  /** Bytes in the bundle: `length` where it lies there as it is, 0 where it came before in the same part. */
  readonly stored: number;
}

/** Every image is cut alike, so that a block of one version is found in the next. */
export const IMAGE_CUT = sizesFor(32 * 1024);
export const BLOCK_ENTRY_BYTES = 40;
const HASH_BYTES = 32;

/**
 * The blocks of every part, in the order in which they lie in the bundle, from `bodyAt` on. Throws E_IMAGE where the index does not
 * fit the sizes that it is signed with.
 */
export function blocksOf(parts: readonly ImagePart[], bodyAt: number): ReadonlyMap<ImagePart, readonly Block[]> {
  let storedAt = bodyAt;
  return new Map(
    parts.map((part) => {
      const index = Buffer.from(part.blocks.buffer, part.blocks.byteOffset, part.blocks.length);
      const blocks: Block[] = [];
      const known = new Map<string, number>();
      let at = 0;
      for (let entry = 0; entry < index.length; entry += BLOCK_ENTRY_BYTES) {
        const hash = index.toString("hex", entry, entry + HASH_BYTES);
        const length = index.readUInt32LE(entry + HASH_BYTES);
        const stored = index.readUInt32LE(entry + HASH_BYTES + 4);
        const repeated = stored === 0 && known.get(hash) === length;
        if (length === 0 || length > IMAGE_CUT.maximum || stored > length || (stored === 0 && !repeated)) {
          throw new StepppsError("E_IMAGE", `${part.name}: block ${entry / BLOCK_ENTRY_BYTES} of its index`);
        }
        blocks.push({ hash, at, length, storedAt, stored });
        known.set(hash, length);
        at += length;
        storedAt += stored;
      }
      if (at !== part.size) throw new StepppsError("E_IMAGE", `${part.name}: its blocks have ${at} bytes, not ${part.size}`);
      return [part, blocks];
    }),
  );
}
