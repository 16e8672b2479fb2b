import fc from "fast-check";
import { expect, test } from "vitest";
import { packRows, unpackRows } from "../../../runtime/store/rows.ts";

const row = fc.record({
  key: fc.string(),
  value: fc.option(fc.uint8Array({ maxLength: 50 })),
  other: fc.uint8Array({ maxLength: 5 }),
});

test("rows come out as they went in, their byte strings out of one buffer", () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const copies = rows.map((one) => ({ ...one }));
      const packed = structuredClone(packRows(copies, ["value", "other"]));
      expect(unpackRows(packed)).toEqual(rows);
    }),
  );
});
