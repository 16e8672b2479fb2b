import type { SystemEvent } from "../../contract/index.ts";

/** Whether an event asks for somebody's attention. */
export function isAlert(event: SystemEvent): boolean {
  return event.level === "warn" || event.level === "error";
}

/** One event as one sentence: "motion-light: deployed 1.2.0 (E_CODE)". */
export function eventText({ plugin, text, code }: SystemEvent): string {
  return `${plugin ? `${plugin}: ` : ""}${text}${code && !text.includes(code) ? ` (${code})` : ""}`;
}
