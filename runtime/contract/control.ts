/**
 * Topics by which people and tools talk to a device. Plugins may neither publish nor subscribe below `steppps/`.
 *
 *   steppps/<device>/state                     device ──▶ retained "online", or "offline" as its last will
 *   steppps/<device>/events                    device ──▶ JSON SystemEvent
 *   steppps/<device>/troubles                  device ──▶ retained JSON Trouble[]: what is wrong now; empty when all is well
 *
 *   steppps/<device>/rpc/<method>/<id>         CBOR RpcRequest ──▶ device
 *   steppps/<device>/rpc/<method>/<id>/reply   device ──▶ CBOR RpcReply; over MQTT 5 the response topic where one is given,
 *                                              with the correlation data
 *
 *   steppps/<device>/offer/<artefact>          CBOR TransferOffer ──▶ device
 *   steppps/<device>/want/<artefact>           device ──▶ CBOR TransferWant: which chunks are missing
 *   steppps/<device>/chunk/<artefact>          one chunk ──▶ device; acknowledged (PUBACK) when it is on disk
 *   steppps/<device>/deploy                    a whole envelope in one message, for senders without a chunker
 *   steppps/<device>/deployed                  device ──▶ JSON DeployReport, at each step that somebody may wait for
 *   steppps/<device>/updated                   device ──▶ retained JSON UpdateReport, at each step of an image update
 *   steppps/<device>/ha/…                      device ──▶ JSON for Home Assistant, of itself and of each plugin
 *
 * <artefact> is the SHA-256 of the whole envelope, in hex; <id> is chosen by the asker.
 */
export const CONTROL_ROOT = "steppps";

export const controlTopic = {
  state: (device: string) => `${CONTROL_ROOT}/${device}/state`,
  events: (device: string) => `${CONTROL_ROOT}/${device}/events`,
  troubles: (device: string) => `${CONTROL_ROOT}/${device}/troubles`,
  rpc: (device: string, method: RpcMethod | "+", id: string) => `${CONTROL_ROOT}/${device}/rpc/${method}/${id}`,
  reply: (device: string, method: string, id: string) => `${CONTROL_ROOT}/${device}/rpc/${method}/${id}/reply`,
  offer: (device: string, artefact: string) => `${CONTROL_ROOT}/${device}/offer/${artefact}`,
  want: (device: string, artefact: string) => `${CONTROL_ROOT}/${device}/want/${artefact}`,
  chunk: (device: string, artefact: string) => `${CONTROL_ROOT}/${device}/chunk/${artefact}`,
  deploy: (device: string) => `${CONTROL_ROOT}/${device}/deploy`,
  deployed: (device: string) => `${CONTROL_ROOT}/${device}/deployed`,
  updated: (device: string) => `${CONTROL_ROOT}/${device}/updated`,
  homeAssistant: (device: string, what: string) => `${CONTROL_ROOT}/${device}/ha/${what}`,
};

/** What `state` says. */
export const DEVICE_STATE = { online: "online", offline: "offline" } as const;

/**
 * What a device can be asked. `changes`: it alters the device, so that a request that comes from beyond this machine has to be
 * signed by a key that the policy lets do this, whatever the transport is. `reveals`: likewise, as it hands out what plugins were
 * given, also by senders who never meant it to leave this machine. `unsigned`: it has its own proof.
 */
export const RPC_METHODS = {
  status: { changes: false },
  events: { changes: false },
  inputs: { changes: false, reveals: true },
  deploys: { changes: false },
  "dead-letters": { changes: false, reveals: true },
  metrics: { changes: false },
  certificate: { changes: false },
  trust: { changes: false },
  "dead-letter": { changes: true },
  rollback: { changes: true },
  remove: { changes: true },
  approve: { changes: true },
  refuse: { changes: true },
  backup: { changes: true },
  "update-status": { changes: false, reveals: true },
  "update-deploy": { changes: true },
  "update-approve": { changes: true },
  "update-refuse": { changes: true },
  "update-rollback": { changes: true },
  "layer-status": { changes: false, reveals: true },
  "layer-add": { changes: true },
  "layer-remove": { changes: true },
  "model-status": { changes: false, reveals: true },
  "model-rollback": { changes: true },
  "model-remove": { changes: true },
  "device-reboot": { changes: true },
  "device-poweroff": { changes: true },
  "device-factory-reset": { changes: true },
  "trust-update": { changes: true, unsigned: true },
  pair: { changes: true, unsigned: true },
  support: { changes: true },
} as const satisfies Record<string, { changes: boolean; reveals?: true; unsigned?: true }>;
export type RpcMethod = keyof typeof RPC_METHODS;

/**
 * Arguments by name, as CBOR (RFC 8949), which carries bytes as bytes; no payload at all is no arguments. A signed command is the
 * one argument `signed`: an envelope that names method and arguments. A request in JSON is answered in JSON, with bytes as base64.
 */
export type RpcRequest = Readonly<Record<string, unknown>>;

export type RpcReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { code: string; what: string; detail: string; fix: string } };

export function isReservedTopic(topic: string): boolean {
  return topic === CONTROL_ROOT || topic.startsWith(`${CONTROL_ROOT}/`) || topic.startsWith("$");
}
