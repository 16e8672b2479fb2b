import type { Block } from "../bundle/blocks.ts";

/** Blocks that lie one behind the other in a bundle, and are fetched with one request. */
export interface Range {
  readonly at: number;
  readonly length: number;
  readonly blocks: readonly Block[];
}

/** Bytes between two blocks that are fetched and thrown away rather than asked for anew. */
const GAP_BYTES = 8 * 1024;
/** Of one request: what comes of it counts block by block, so that a link that is cut loses one block at most. */
const RANGE_BYTES = 16 * 1024 * 1024;

/** `missing`: in the order of the bundle, each with bytes in it. */
export function rangesOf(missing: readonly Block[]): Range[] {
  const ranges: { at: number; length: number; blocks: Block[] }[] = [];
  for (const block of missing) {
    const last = ranges.at(-1);
    const end = block.storedAt + block.stored;
    if (last && block.storedAt - (last.at + last.length) <= GAP_BYTES && end - last.at <= RANGE_BYTES) {
      last.blocks.push(block);
      last.length = end - last.at;
    } else {
      ranges.push({ at: block.storedAt, length: block.stored, blocks: [block] });
    }
  }
  return ranges;
}
