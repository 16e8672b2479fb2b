import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { cut } from "../../transfer/cut.ts";
import { IMAGE_CUT } from "../bundle/blocks.ts";

/** Where a block can be copied from. */
export interface KnownBlock {
  readonly file: string;
  readonly at: number;
  readonly length: number;
}

const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Which of the `wanted` blocks, by hash, are in `files`, which hold the slot at work: they are cut as every image is. A file that
 * can't be read has none. Nothing is trusted of it: a block is compared again when it is copied.
 */
export async function findKnownBlocks(
  files: readonly string[],
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Map<string, KnownBlock>> {
  const known = new Map<string, KnownBlock>();
  for (const path of files) {
    const file = await open(path, "r").catch(() => undefined);
    if (!file) continue;
    try {
      for await (const { hash, at, length } of cutFile(file, signal)) {
        if (wanted.has(hash) && !known.has(hash)) known.set(hash, { file: path, at, length });
        if (known.size === wanted.size) return known;
      }
    } catch (error) {
      signal?.throwIfAborted();
      // A card that fails to read here is not asked for more of this file: the blocks are fetched
      if (!(error instanceof Error)) throw error;
    } finally {
      await file.close();
    }
  }
  return known;
}

/** A block ends where the content says so, so that the last of a window is cut again with what follows it. */
async function* cutFile(file: FileHandle, signal: AbortSignal | undefined) {
  const window = Buffer.alloc(WINDOW_BYTES);
  for (let at = 0; ; ) {
    signal?.throwIfAborted();
    const filled = await readFully(file, window, at);
    if (filled === 0) return;
    const bytes = window.subarray(0, filled);
    const lengths = cut(bytes, IMAGE_CUT);
    const isEnd = filled < window.length;
    const whole = isEnd ? lengths : lengths.slice(0, -1);
    let within = 0;
    for (const length of whole) {
      const hash = createHash("sha256")
        .update(bytes.subarray(within, within + length))
        .digest("hex");
      yield { hash, at: at + within, length };
      within += length;
    }
    if (isEnd) return;
    at += within;
  }
}

async function readFully(file: FileHandle, buffer: Buffer, at: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
