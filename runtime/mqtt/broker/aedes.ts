import type { Duplex } from "node:stream";
import type { Aedes, Client } from "aedes";
import type { Qos } from "../../contract/index.ts";

/** A PUBLISH as aedes and its persistence pass it around. */
export interface Packet {
  cmd: "publish";
  brokerId?: string | null | undefined;
  brokerCounter?: number | undefined;
  clientId?: string | undefined;
  topic: string;
  payload: Buffer;
  qos: Qos;
  retain: boolean;
  dup: boolean;
  messageId?: number | undefined;
}

/**
 * The members of aedes 1.2's client that we use and its types leave out; a test fails if a release takes them away.
 * Packet identifiers come from one counter, so that what we send and what aedes sends to a client never share one [MQTT-2.3.1-2].
 */
interface Internals {
  readonly broker: { readonly clients: Record<string, unknown>; unregisterClient(client: Client): void };
  _nextId: number;
  deliverQoS(packet: Packet, done: () => void): void;
}

/** "Failure" in SUBACK, section 3.9.3. */
export const REFUSED_SUBSCRIPTION = 128;

/** The next packet identifier for a message to `client`. */
export function takeMessageId(client: Client): number {
  const internals = client as unknown as Internals;
  const id = internals._nextId;
  internals._nextId = id >= 65_535 ? 1 : id + 1;
  return id;
}

/** Sends `packet` at QoS 1 or 2, with aedes keeping the handshake. */
export function deliverQos(client: Client, packet: Packet): void {
  (client as unknown as Internals).deliverQoS(packet, () => {});
}

/** aedes registers a client whose connection ended while its CONNECT was dealt with, and then never forgets it. */
export function forget(client: Client): void {
  const { broker } = client as unknown as Internals;
  if (broker.clients[client.id] === client) broker.unregisterClient(client);
}

/**
 * Marks a subscription that was refused: aedes stores the whole list of a SUBSCRIBE if one of it is let through. 128 is what
 * SUBACK says of it.
 */
export function refuseSubscription(subscription: object): void {
  (subscription as { qos: number }).qos = REFUSED_SUBSCRIPTION;
}

/** Gives aedes a connection. */
export function handOver(broker: Aedes, stream: Duplex): Client {
  return broker.handle(stream);
}
