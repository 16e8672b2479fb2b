import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makePayload, PAYLOAD_BYTES, readNumber, readTime, writeNumber, writeTime, writeValue } from "../../bench/load/wire.ts";

test("number, time and value are written in place into 256 bytes of JSON", () => {
  const number = fc.integer({ min: 0, max: 999_999_999 });
  const time = fc.integer({ min: 1_000_000_000_000_000, max: Number.MAX_SAFE_INTEGER });
  const value = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(number, time, value, (n, t, v) => {
      const packet = Buffer.concat([Buffer.from("head"), makePayload(0)]);
      writeNumber(packet, 4, n);
      writeTime(packet, 4, t);
      writeValue(packet, 4, v);
      expect(packet.length).toBe(4 + PAYLOAD_BYTES);
      expect(JSON.parse(packet.toString("utf8", 4))).toMatchObject({ n: 1_000_000_000 + n, t, value: v, unit: "celsius" });
      expect([readNumber(packet, 4), readTime(packet, 4)]).toEqual([n, t]);
    }),
  );
});
