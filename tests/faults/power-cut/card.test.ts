import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";
import { Card } from "./card.ts";
import type { CardEvent } from "./history.ts";

const SIZE = 256 * 1024;
const at = (offset: number, letter: string, length = 8): CardEvent => ({
  kind: "write",
  offset,
  bytes: Buffer.alloc(length, letter),
  lasting: false,
});

async function card(folder: string, events: readonly CardEvent[]) {
  const image = join(folder, "image");
  writeFileSync(image, Buffer.alloc(SIZE, "."));
  return Card.open(image, events, () => 4);
}

test("has what was whole and what was kept, and then neither more nor less", async () => {
  using folder = tempFolder("card");
  const subject = await card(folder.path, [at(0, "a"), { kind: "flush" }, at(4, "b"), at(8, "c"), at(0, "d")]);
  const seen = async (whole: number, kept: { event: number; pieces?: number[] }[]) =>
    subject.after({ whole, at: 5, kept }, async () => subject.read(0, 20).toString());
  expect(await seen(0, [])).toBe("....................");
  expect(await seen(2, [{ event: 2 }, { event: 3 }])).toBe("aaaabbbbcccccccc....");
  expect(await seen(2, [{ event: 3, pieces: [1] }])).toBe("aaaaaaaa....cccc....");
  expect(await seen(2, [])).toBe("aaaaaaaa............");
  expect(await seen(5, [])).toBe("ddddddddcccccccc....");
  await expect(seen(2, [])).rejects.toThrow(/in their order/);
});

test("a copy has every byte, also where there are holes", async () => {
  using folder = tempFolder("card");
  const zeros = at(64 * 1024, "\0", 128 * 1024);
  const subject = await card(folder.path, [zeros, at(100_000, "x")]);
  const copy = join(folder.path, "copy");
  await subject.after({ whole: 2, at: 2, kept: [] }, async () => {
    await subject.copy(copy);
    expect(readFileSync(copy).equals(subject.read(0, SIZE))).toBe(true);
    await subject.copy(copy, { offset: 65_000, size: 70_001 });
    expect(readFileSync(copy).equals(subject.read(65_000, 70_001))).toBe(true);
  });
});
