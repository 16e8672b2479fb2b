import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImagePart } from "../../../runtime/contract/index.ts";
import { BLOCK_ENTRY_BYTES, type Block, blocksOf, IMAGE_CUT } from "../../../runtime/update/index.ts";
import { rangesOf } from "../../../runtime/update/slot/ranges.ts";

interface Entry {
  readonly hash: string;
  readonly length: number;
  readonly stored: number;
}

function part(entries: readonly Entry[], size = entries.reduce((sum, { length }) => sum + length, 0)): ImagePart {
  const blocks = Buffer.concat(
    entries.map(({ hash, length, stored }) => {
      const entry = Buffer.alloc(BLOCK_ENTRY_BYTES);
      entry.write(hash.repeat(64), "hex");
      entry.writeUInt32LE(length, 32);
      entry.writeUInt32LE(stored, 36);
      return entry;
    }),
  );
  return { name: "root", size, sha256: new Uint8Array(32), blocks };
}

describe("the index of a part", () => {
  test("says where each block goes and where it lies; one that came before lies nowhere", () => {
    const own = part([
      { hash: "a", length: 100, stored: 60 },
      { hash: "b", length: 50, stored: 50 },
      { hash: "a", length: 100, stored: 0 },
    ]);
    const blocks = blocksOf([own], 1000).get(own);
    expect(blocks?.map(({ at, storedAt, stored }) => [at, storedAt, stored])).toEqual([
      [0, 1000, 60],
      [100, 1060, 50],
      [150, 1110, 0],
    ]);
  });

  test.each<[string, ImagePart]>([
    ["a block of no length", part([{ hash: "a", length: 0, stored: 0 }])],
    ["a block that is longer than any", part([{ hash: "a", length: IMAGE_CUT.maximum + 1, stored: 10 }])],
    ["a block that grew by being compressed", part([{ hash: "a", length: 10, stored: 11 }])],
    ["a repeat of what never came", part([{ hash: "a", length: 10, stored: 0 }])],
    [
      "a repeat of another length",
      part([
        { hash: "a", length: 10, stored: 10 },
        { hash: "a", length: 9, stored: 0 },
      ]),
    ],
    ["blocks that are more than the part", part([{ hash: "a", length: 10, stored: 10 }], 9)],
  ])("with %s is refused", (_name, own) => {
    expect(() => blocksOf([own], 0)).toThrow(expect.objectContaining({ code: "E_IMAGE" }));
  });
});

test("ranges hold every missing block once, in order, and little that is not asked for", () => {
  const gaps = fc.array(fc.record({ gap: fc.nat(20_000), stored: fc.integer({ min: 1, max: IMAGE_CUT.maximum }) }), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(gaps, (list) => {
      let at = 0;
      const blocks = list.map(({ gap, stored }): Block => {
        at += gap + stored;
        return { hash: "", at: 0, length: stored, stored, storedAt: at - stored };
      });
      const ranges = rangesOf(blocks);
      expect(ranges.flatMap((range) => range.blocks)).toEqual(blocks);
      for (const range of ranges) {
        const [first, last] = [range.blocks[0] as Block, range.blocks.at(-1) as Block];
        expect([range.at, range.at + range.length]).toEqual([first.storedAt, last.storedAt + last.stored]);
        const asked = range.blocks.reduce((sum, { stored }) => sum + stored, 0);
        expect(range.length - asked).toBeLessThanOrEqual(8 * 1024 * (range.blocks.length - 1));
      }
    }),
    { seed: 1 },
  );
});
