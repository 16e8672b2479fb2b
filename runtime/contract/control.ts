/**
 * Topics by which people and tools talk to a device. Plugins may neither publish nor subscribe below `steppps/`.
 *
 *   steppps/<device>/deploy            signed envelope ──▶ device
 *   steppps/<device>/deployed          device ──▶ JSON DeployReport
 *   steppps/<device>/do/<verb>         JSON ControlRequest ──▶ device
 *   steppps/<device>/done/<id>         device ──▶ JSON ControlReply
 *   steppps/<device>/events            device ──▶ JSON SystemEvent
 */
export const CONTROL_ROOT = "steppps";

export const controlTopic = {
  deploy: (device: string) => `${CONTROL_ROOT}/${device}/deploy`,
  deployed: (device: string) => `${CONTROL_ROOT}/${device}/deployed`,
  do: (device: string, verb: ControlVerb | "+") => `${CONTROL_ROOT}/${device}/do/${verb}`,
  done: (device: string, id: string) => `${CONTROL_ROOT}/${device}/done/${id}`,
  events: (device: string) => `${CONTROL_ROOT}/${device}/events`,
};

export const CONTROL_VERBS = ["status", "rollback", "remove", "dead-letters", "inputs", "events"] as const;
export type ControlVerb = (typeof CONTROL_VERBS)[number];

export interface ControlRequest {
  /** Chosen by the caller; the reply's topic ends with it. */
  readonly id: string;
  readonly [argument: string]: unknown;
}

export type ControlReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { code: string; what: string; detail: string; fix: string } };

/** What became of an envelope. `id` is the SHA-256 of the envelope, in hex. */
export interface DeployReport {
  readonly id: string;
  readonly ok: boolean;
  readonly plugin?: string;
  readonly version?: string;
  readonly error?: { readonly code: string; readonly what: string; readonly detail: string; readonly fix: string };
  readonly millis: number;
}

export function isReservedTopic(topic: string): boolean {
  return topic === CONTROL_ROOT || topic.startsWith(`${CONTROL_ROOT}/`) || topic.startsWith("$");
}
