import { Cron } from "croner";
import type { NextDue } from "../contract/index.ts";

/**
 * When periods and cron handlers are due. A period keeps its phase: after a pause it rings once and goes on in step.
 * Cron times are those of `timezone` (IANA), with croner's handling of the hours that daylight saving skips or repeats.
 */
export function createNextDue(timezone: string): NextDue {
  // Without a zone name no time zone data is loaded: 4 MiB.
  const zone = timezone === "UTC" ? { utcOffset: 0 } : { timezone };
  const crons = new Map<string, Cron>();
  return (handler, after) => {
    if (handler.kind === "every") return (Math.floor(after / handler.period) + 1) * handler.period;
    const cron = crons.get(handler.expression) ?? new Cron(handler.expression, { ...zone, paused: true });
    crons.set(handler.expression, cron);
    return cron.nextRun(new Date(after))?.getTime();
  };
}
