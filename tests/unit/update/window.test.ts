import { expect, test } from "vitest";
import { minutesUntil, parseWindow } from "../../../runtime/update/index.ts";

const at = (time: string) => Date.parse(`2026-06-01T${time}:00Z`);

test.each([
  ["02:00-05:00", "01:30", "UTC", 30],
  ["02:00-05:00", "02:00", "UTC", 0],
  ["02:00-05:00", "04:59", "UTC", 0],
  ["02:00-05:00", "05:00", "UTC", 21 * 60],
  ["23:00-01:00", "23:30", "UTC", 0],
  ["23:00-01:00", "00:59", "UTC", 0],
  ["23:00-01:00", "01:00", "UTC", 22 * 60],
  ["02:00-05:00", "00:00", "Europe/Berlin", 0],
  ["02:00-05:00", "23:00", "Europe/Berlin", 60],
  ["02:00-02:00", "15:00", "UTC", 0],
])("%s at %s in %s opens in %i minutes", (window, time, zone, minutes) => {
  expect(minutesUntil(parseWindow(window), at(time), zone)).toBe(minutes);
});

test.each(["2:00-5:00", "24:00-01:00", "02:60-03:00", "02:00", ""])("%j is no window", (text) => {
  expect(() => parseWindow(text)).toThrow(expect.objectContaining({ code: "E_DOCUMENT" }));
});
