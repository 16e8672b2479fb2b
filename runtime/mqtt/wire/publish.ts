import { type Qos, StepppsError } from "../../contract/index.ts";
import { type Framer, PACKET } from "./framer.ts";
import { type Properties, readProperties } from "./properties.ts";
import type { TopicNames } from "./topic-names.ts";

/**
 * PUBLISH, section 3.3 of MQTT 3.1.1 and of MQTT 5:
 *
 *   byte 0: 3 << 4 │ DUP << 3 │ QoS << 1 │ RETAIN · remaining length
 *   u16 |topic| · topic · u16 packet identifier where QoS > 0 · MQTT 5: properties · payload to the end
 */
export interface Publish {
  readonly topic: string;
  /** A view into the chunk it came in. */
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly duplicate: boolean;
  /** 0 at QoS 0. */
  readonly messageId: number;
  /** Of MQTT 5. */
  readonly properties?: Properties;
}

/** The PUBLISH that `framer` stands at; throws E_MQTT_PACKET. */
export function decodePublish(framer: Framer, names: TopicNames, version: 4 | 5 = 4): Publish {
  const { buffer, body, end } = framer;
  const flags = buffer[framer.start] as number;
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH of QoS 3");
  const topicAt = body + 2;
  const topicEnd = topicAt + (((buffer[body] as number) << 8) | (buffer[body + 1] as number));
  let payloadAt = qos > 0 ? topicEnd + 2 : topicEnd;
  if (topicAt > end || payloadAt > end) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH that is cut short");
  const topic = names.read(buffer, topicAt, topicEnd);
  const messageId = qos > 0 ? ((buffer[topicEnd] as number) << 8) | (buffer[topicEnd + 1] as number) : 0;
  if (qos > 0 && messageId === 0) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH with packet identifier 0");
  const retain = (flags & 1) !== 0;
  const duplicate = (flags & 8) !== 0;
  if (version === 4) return { topic, payload: buffer.subarray(payloadAt, end), qos: qos as Qos, retain, duplicate, messageId };
  const { found: properties, end: propertiesEnd } = readProperties(buffer, payloadAt, end);
  payloadAt = propertiesEnd;
  const payload = buffer.subarray(payloadAt, end);
  if (!properties) return { topic, payload, qos: qos as Qos, retain, duplicate, messageId };
  return { topic, payload, qos: qos as Qos, retain, duplicate, messageId, properties };
}

/** Byte 0 of a PUBLISH. */
export function publishFlags(qos: Qos, retain: boolean, duplicate: boolean): number {
  return (PACKET.publish << 4) | (duplicate ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
}
