import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatMillis,
  formatNumberOf,
  formatRate,
  formatTime,
} from "../../../runtime/pixel/figures/format.ts";

test("counts have separators", () => {
  expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
});

test("rates have one decimal below ten", () => {
  expect([0, 0.04, 0.25, 9.94, 9.96, 12.6, 31_000.2].map(formatRate)).toEqual(["0", "0", "0.3", "9.9", "10", "13", "31,000"]);
});

test("bytes have a binary unit", () => {
  expect([0, 512, 1_024, 1_536, 88_080_384, 2 ** 50].map(formatBytes)).toEqual([
    "0 B",
    "512 B",
    "1 KiB",
    "1.5 KiB",
    "84 MiB",
    "1,024 TiB",
  ]);
});

test("any count of bytes has a unit", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^[\d,.]+ (?:[KMGT]i)?B$/);
    }),
  );
});

test("durations have their two largest units", () => {
  const s = 1_000;
  expect([-5, 0, 59 * s, 60 * s, 3_600 * s, 19_260 * s, 86_400 * s, 1_047_600 * s].map(formatDuration)).toEqual([
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "1 h 0 min",
    "5 h 21 min",
    "1 d 0 h",
    "12 d 3 h",
  ]);
});

test("time of day is local", () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe("03:04:05");
});

test("nouns agree", () => {
  expect([0, 1, 2].map((count) => formatNumberOf(count, "plugin"))).toEqual(["0 plugins", "1 plugin", "2 plugins"]);
});

test.each([
  [0, "–"],
  [0.04, "< 0.1 ms"],
  [0.34, "0.3 ms"],
  [12.4, "12 ms"],
  [999, "999 ms"],
  [1_500, "1.5 s"],
  [61_000, "61 s"],
])("%d ms is shown as %s", (millis, shown) => {
  expect(formatMillis(millis)).toBe(shown);
});

test("a date is written so that it sorts", () => {
  expect(formatDate(new Date(2026, 10, 3, 4, 5, 6).getTime())).toBe("2026-11-03 04:05:06");
});
