import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordingItem } from "../../../../runtime/script/replay/recording.ts";
import { readRecording, writeRecording } from "../../../../runtime/script/replay/recording-file.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const HEADER = { plugin: "relay", device: "edge", taken: 1_700_000_000_000 };
const bytes = fc.uint8Array({ maxLength: 3000 });
const batch = fc.record({ kind: fc.constant("batch" as const), seq: fc.nat(), inputs: bytes, effects: bytes });
const segment = fc.record({
  kind: fc.constant("segment" as const),
  seq: fc.nat(),
  version: fc.stringMatching(/^\d\.\d\.\d$/),
  envelope: bytes,
  settings: bytes,
  state: bytes,
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe("a recording's file", () => {
  test("gives back what was written", async () => {
    using folder = tempFolder("recording");
    const file = join(folder.path, "one.recording");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof<fc.Arbitrary<RecordingItem>[]>(batch, segment), { maxLength: 40 }), async (items) => {
        await writeRecording(file, HEADER, each(items));
        const { header, items: read } = await readRecording(file);
        expect(header).toEqual(HEADER);
        expect(await all(read)).toEqual(items);
      }),
      { numRuns: 30 },
    );
  });

  test("that is cut short anywhere ends in an error, never in a shorter recording", async () => {
    using folder = tempFolder("recording");
    const file = join(folder.path, "one.recording");
    const items = fc.sample(batch, 20);
    await writeRecording(file, HEADER, each(items));
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length += 97) {
      writeFileSync(file, whole.subarray(0, length));
      await expect(readRecording(file).then(({ items: read }) => all(read))).rejects.toMatchObject({ code: "E_RECORDING" });
    }
  });

  test("of any other bytes is refused", async () => {
    using folder = tempFolder("recording");
    const file = join(folder.path, "one.recording");
    const refused = async (content: Uint8Array) => {
      writeFileSync(file, content);
      await expect(readRecording(file).then(({ items }) => all(items))).rejects.toMatchObject({ code: "E_RECORDING" });
    };
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await refused(content);
        await refused(zstdCompressSync(content));
      }),
      { numRuns: 50 },
    );
    // An item that says it is larger than any can be.
    await refused(zstdCompressSync(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0)));
  });
});
