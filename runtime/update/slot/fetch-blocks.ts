import { promisify } from "node:util";
import { constants, zstdDecompress } from "node:zlib";
import { StepppsError } from "../../contract/index.ts";
import type { Block } from "../bundle/blocks.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { Range } from "./ranges.ts";

const decompress = promisify(zstdDecompress);
/**
 * A frame says how much memory its reader has to set aside, before any of it is compared with the index. No block is longer than
 * this; what asks for more was made by somebody else.
 */
const WINDOW_LOG = 18;

/** The blocks of one range, as they come. Throws as the source does, or E_IMAGE_BLOCK for what can't be decompressed. */
export async function* fetchBlocks(
  source: ByteSource,
  range: Range,
  signal?: AbortSignal,
): AsyncIterable<{ readonly block: Block; readonly bytes: Uint8Array }> {
  const blocks = range.blocks[Symbol.iterator]();
  let next = blocks.next();
  let stored = next.done ? undefined : Buffer.alloc(next.value.stored);
  let at = range.at;
  for await (const piece of source.read(range.at, range.length, signal)) {
    for (let used = 0; used < piece.length && !next.done && stored; ) {
      const { storedAt } = next.value;
      const filled = at - storedAt;
      if (filled < 0) {
        // Between two blocks
        const skipped = Math.min(-filled, piece.length - used);
        used += skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(stored.length - filled, piece.length - used);
      stored.set(piece.subarray(used, used + taken), filled);
      used += taken;
      at += taken;
      if (filled + taken < stored.length) continue;
      yield { block: next.value, bytes: await unpack(next.value, stored) };
      next = blocks.next();
      stored = next.done ? undefined : Buffer.alloc(next.value.stored);
    }
  }
}

async function unpack(block: Block, stored: Buffer): Promise<Uint8Array> {
  if (block.stored === block.length) return stored;
  try {
    return await decompress(stored, {
      maxOutputLength: block.length,
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
    });
  } catch (cause) {
    throw new StepppsError("E_IMAGE_BLOCK", `at byte ${block.storedAt} of the bundle`, { cause });
  }
}
