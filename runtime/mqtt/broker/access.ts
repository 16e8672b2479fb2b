import { CONTROL_ROOT, filterCovers } from "../../contract/index.ts";

/** What an MQTT client may do. The first rule whose filter covers the topic decides; where none does, it may not. */
export interface AccessRule {
  readonly does: "publish" | "subscribe";
  readonly filter: string;
  readonly allow: boolean;
}

/**
 * For clients on this machine: anything but the device's own answers. A leading wildcard does not cover topics that begin with
 * '$' [MQTT-4.7.2-1], so those stay closed.
 */
export const LOOPBACK_ACCESS: readonly AccessRule[] = [
  { does: "publish", filter: `${CONTROL_ROOT}/+/deploy`, allow: true },
  { does: "publish", filter: `${CONTROL_ROOT}/+/do/#`, allow: true },
  { does: "publish", filter: `${CONTROL_ROOT}/#`, allow: false },
  { does: "publish", filter: "#", allow: true },
  { does: "subscribe", filter: "#", allow: true },
];

/** Whether `rules` let a client publish to, or subscribe with, `topic`. */
export function mayAccess(rules: readonly AccessRule[], does: AccessRule["does"], topic: string): boolean {
  for (const rule of rules) if (rule.does === does && filterCovers(rule.filter, topic)) return rule.allow;
  return false;
}
