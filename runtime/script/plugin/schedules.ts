import { type Manifest, type NextDue, StepppsError } from "../../contract/index.ts";

/** Throws E_PACKAGE where a cron expression has no meaning: found out later, it would end the start of the device. */
export function checkSchedules({ name, handlers }: Manifest, nextDue: NextDue, now: number): void {
  for (const [index, handler] of handlers.entries()) {
    if (handler.kind !== "every" && handler.kind !== "cron") continue;
    try {
      nextDue(handler, now);
    } catch (cause) {
      throw new StepppsError("E_PACKAGE", `${name}, handler ${index}: ${(cause as Error).message}`, { cause });
    }
  }
}
