import { strict as assert } from "node:assert";
import { open, readFile } from "node:fs/promises";
import { readGpt } from "../../../images/formats/gpt.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";

const BLOCK = 4096;

/** Where a layer's file system begins in its file. */
function bodyAt(layer: Buffer): number {
  return Math.ceil((12 + layer.readUInt32LE(8)) / BLOCK) * BLOCK;
}

/** Of a file's content in a layer: the first block of its first cluster. */
export async function blockOf(path: string, file: string, tools: Toolset): Promise<number> {
  const at = bodyAt(await readFile(file));
  // "   0:        0..  131072 |  131072 :      4096..     69632 |   65536"
  const said = await tools.run("dump.erofs", [`--offset=${at}`, `--path=${path}`, "-e", file]);
  const [, offset] = /^\s*0:\s*0\.\.\s*\d+\s*\|\s*\d+\s*:\s*(\d+)\.\./m.exec(said) ?? [];
  assert.ok(offset, said);
  return Number(offset) / BLOCK;
}

/**
 * Flips a bit in the middle of that block of the layer, wherever on the data partition it lies: also where files that are gone had the
 * same block.
 */
export async function flipBit(disk: string, layer: string, number: number): Promise<void> {
  const file = await readFile(layer);
  const at = bodyAt(file) + number * BLOCK;
  const wanted = file.subarray(at, at + BLOCK);
  const data = (await readGpt(disk)).find(({ name }) => name === "data");
  assert.ok(data);
  await using card = await open(disk, "r+");
  const piece = Buffer.alloc(1 << 20);
  let found = 0;
  for (let from = data.offset; from < data.offset + data.size; from += piece.length) {
    const { bytesRead } = await card.read(piece, 0, piece.length, from);
    for (let block = 0; block + BLOCK <= bytesRead; block += BLOCK) {
      if (!piece.subarray(block, block + BLOCK).equals(wanted)) continue;
      await card.write(Buffer.from([(wanted[MIDDLE] ?? 0) ^ 1]), 0, 1, from + block + MIDDLE);
      found++;
    }
  }
  assert.ok(found > 0, "the layer is nowhere on the card");
}

/** Of a block; of the first it is within erofs' superblock, which is at 1024. */
const MIDDLE = 1100;
