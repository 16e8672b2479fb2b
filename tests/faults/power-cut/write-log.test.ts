import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";
import { readWriteLog } from "./write-log.ts";

const SECTOR = 512;
const FLAGS = { flush: 1, fua: 2, discard: 4 } as const;

function numbers(...list: readonly number[]): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  for (const [i, number] of list.entries()) bytes.writeBigUInt64LE(BigInt(number), i * 8);
  return bytes;
}

/** dm-log-writes' superblock: it counts fewer entries than there are, as after a cut. */
function superblock(): Buffer {
  const bytes = numbers(0, 1, 1);
  bytes.writeBigUInt64LE(0x6a736677736872n, 0);
  bytes.writeUInt32LE(SECTOR, 24);
  return bytes;
}

const DATA = Buffer.alloc(2 * SECTOR, "x");
const LOG = Buffer.concat([
  superblock(),
  numbers(8, 2, 0, 0),
  DATA,
  numbers(0, 0, FLAGS.flush, 0),
  numbers(100, 50, FLAGS.discard, 0),
  numbers(16, 2, FLAGS.flush | FLAGS.fua, 0),
  DATA,
]);

test("has every entry that is whole, in its order", async () => {
  using folder = tempFolder("write-log");
  const path = join(folder.path, "log");
  writeFileSync(path, LOG);
  const entries = await readWriteLog(path);
  expect(entries.map(({ kind, offset, length, lasting }) => [kind, offset, length, lasting])).toEqual([
    ["write", 8 * SECTOR, 2 * SECTOR, false],
    ["flush", 0, 0, true],
    ["discard", 100 * SECTOR, 50 * SECTOR, false],
    ["flush", 0, 0, true],
    ["write", 16 * SECTOR, 2 * SECTOR, true],
  ]);
  expect(entries[0]?.dataAt).toBe(2 * SECTOR);

  truncateSync(path, LOG.length - 1);
  expect(await readWriteLog(path)).toHaveLength(3);
});

test("refuses what is no such log", async () => {
  using folder = tempFolder("write-log");
  const path = join(folder.path, "log");
  writeFileSync(path, Buffer.alloc(4096));
  await expect(readWriteLog(path)).rejects.toThrow(/is no log of writes/);
});
