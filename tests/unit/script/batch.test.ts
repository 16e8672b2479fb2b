import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeInputs, encodeInputs, type Input } from "../../../runtime/contract/index.ts";
import { BatchWriter } from "../../../runtime/script/workflow/batch.ts";

const offer = fc.record({
  kind: fc.constantFrom("message" as const, "timer" as const, "schedule" as const),
  handler: fc.integer({ min: -1, max: 255 }),
  time: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
  name: fc.string({ unit: "binary", maxLength: 60 }),
  payload: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constant(new Uint8Array(200_000).fill(7))),
  meta: fc.uint8Array({ maxLength: 20 }),
  attempts: fc.constant(0),
});

test("writes what encodeInputs writes, batch after batch", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(offer, { maxLength: 6 }), { maxLength: 4 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (batches, from) => {
        const writer = new BatchWriter({ high: 17, low: -5 });
        let seq = from;
        for (const offers of batches) {
          for (const one of offers) writer.add(one, seq++);
          expect(writer.count).toBe(offers.length);
          const batch = writer.take();
          expect(writer.count + writer.bytes).toBe(0);
          const seeds = decodeInputs(batch).map(({ seed }) => seed);
          const inputs = offers.map((one, index): Input => ({ ...one, seed: seeds[index] as bigint }));
          expect(Buffer.from(batch).equals(encodeInputs(inputs))).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("gives each input a seed of its own, the same for the same number", () => {
  const seeds = (from: number) => {
    const writer = new BatchWriter({ high: 1, low: 2 });
    for (let seq = from; seq < from + 1000; seq++)
      writer.add(
        { kind: "timer", handler: 0, time: 0, name: "", payload: new Uint8Array(0), meta: new Uint8Array(0), attempts: 0 },
        seq,
      );
    return decodeInputs(writer.take()).map(({ seed }) => seed);
  };
  expect(new Set(seeds(0)).size).toBe(1000);
  expect(seeds(0)).toEqual(seeds(0));
  expect(seeds(1)[0]).toBe(seeds(0)[1]);
});
