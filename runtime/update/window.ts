import { StepppsError } from "../contract/index.ts";

/** Part of each day, in minutes since midnight; over midnight where `from` is later than `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const SHAPE = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;
const DAY_MINUTES = 24 * 60;

/** "02:00-05:00". Throws E_DOCUMENT. */
export function parseWindow(text: string): Window {
  const [, h1, m1, h2, m2] = SHAPE.exec(text) ?? [];
  if (m2 === undefined) throw new StepppsError("E_DOCUMENT", `updates/window ${text}: as in 02:00-05:00`);
  return { from: Number(h1) * 60 + Number(m1), to: Number(h2) * 60 + Number(m2) };
}

/** Minutes until the window opens, by the clock of that time zone; 0 while it is open. A window without length is always open. */
export function minutesUntil({ from, to }: Window, now: number, timezone: string): number {
  const minute = minuteOfDay(now, timezone);
  const length = (to - from + DAY_MINUTES) % DAY_MINUTES;
  const since = (minute - from + DAY_MINUTES) % DAY_MINUTES;
  return length === 0 || since < length ? 0 : DAY_MINUTES - since;
}

function minuteOfDay(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  return part("hour") * 60 + part("minute");
}
