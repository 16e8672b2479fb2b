import fc from "fast-check";
import { expect, test } from "vitest";
import { DailyWrites, type DayRow, parseDayRow } from "../../../runtime/space/index.ts";

const MONDAY = { day: "2026-11-23", disk: "mmcblk0", boot: "a" };

test("counts what is added to the counter, from the first look on", () => {
  const writes = new DailyWrites(undefined);
  expect(writes.saw({ ...MONDAY, counter: 5_000 })).toBe(0);
  expect(writes.saw({ ...MONDAY, counter: 5_500 })).toBe(500);
  expect(writes.saw({ ...MONDAY, counter: 5_700 })).toBe(700);
});

test("goes on after a restart of the supervisor and of the machine", () => {
  const writes = new DailyWrites(undefined);
  writes.saw({ ...MONDAY, counter: 1_000 });
  writes.saw({ ...MONDAY, counter: 1_400 });
  const again = new DailyWrites(parseDayRow(JSON.stringify(writes.row)));
  expect(again.saw({ ...MONDAY, counter: 1_500 })).toBe(500);
  // A machine that starts again counts from 0.
  expect(again.saw({ ...MONDAY, boot: "b", counter: 300 })).toBe(800);
});

test("a new day begins with what was written since the last look; another disk begins with nothing", () => {
  const writes = new DailyWrites(undefined);
  writes.saw({ ...MONDAY, counter: 1_000 });
  writes.saw({ ...MONDAY, counter: 9_000 });
  expect(writes.saw({ ...MONDAY, day: "2026-11-24", counter: 9_100 })).toBe(100);
  expect(writes.saw({ ...MONDAY, day: "2026-11-24", disk: "sda", counter: 77_000 })).toBe(0);
});

test("never goes down within a day, whatever the counter does", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ boot: fc.constantFrom("a", "b"), counter: fc.nat(2 ** 40) })), (looks) => {
      const writes = new DailyWrites(undefined);
      let before = 0;
      for (const look of looks) {
        const bytes = writes.saw({ ...MONDAY, ...look });
        expect(bytes).toBeGreaterThanOrEqual(before);
        before = bytes;
      }
    }),
  );
});

test.each(["", "null", "7", "{}", '{"day":1}', "[]", JSON.stringify({ ...MONDAY, bytes: -1, counter: 0 })])(
  "%j is no row",
  (text) => {
    expect(parseDayRow(text)).toBeUndefined();
  },
);

test("a row is read as it was written", () => {
  const row: DayRow = { ...MONDAY, bytes: 5, counter: 10 };
  expect(parseDayRow(JSON.stringify(row))).toEqual(row);
});
