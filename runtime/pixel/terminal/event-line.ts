import type { SystemEvent } from "../../contract/index.ts";
import { eventText } from "../figures/alert.ts";
import { plainText } from "./text.ts";

/** One event as a line of ASCII for a console: nothing in it can steer the terminal that shows it. */
export function eventLine(event: SystemEvent): string {
  const { time, level, kind } = event;
  return `${new Date(time).toISOString()} ${level} ${kind} ${plainText(eventText(event), false)}`;
}
