import { type Qos, StepppsError } from "../../contract/index.ts";
import { type Framer, PACKET } from "./framer.ts";
import type { TopicNames } from "./topic-names.ts";

/**
 * PUBLISH of MQTT 3.1.1, section 3.3:
 *
 *   byte 0: 3 << 4 │ DUP << 3 │ QoS << 1 │ RETAIN · remaining length
 *   u16 |topic| · topic · u16 packet identifier where QoS > 0 · payload to the end
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
}

/** The PUBLISH that `framer` stands at; throws E_MQTT_PACKET. */
export function decodePublish(framer: Framer, names: TopicNames): Publish {
  const { buffer, body, end } = framer;
  const flags = buffer[framer.start] as number;
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH of QoS 3");
  let at = body + 2;
  const topicEnd = at + (((buffer[body] as number) << 8) | (buffer[body + 1] as number));
  const payloadAt = qos > 0 ? topicEnd + 2 : topicEnd;
  if (at > end || payloadAt > end) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH that is cut short");
  const topic = names.read(buffer, at, topicEnd);
  at = topicEnd;
  const messageId = qos > 0 ? ((buffer[at] as number) << 8) | (buffer[at + 1] as number) : 0;
  if (qos > 0 && messageId === 0) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH with packet identifier 0");
  return {
    topic,
    payload: buffer.subarray(payloadAt, end),
    qos: qos as Qos,
    retain: (flags & 1) !== 0,
    duplicate: (flags & 8) !== 0,
    messageId,
  };
}

/** Bytes that a PUBLISH takes, with its fixed header. */
export function publishSize(topicBytes: number, payloadBytes: number, qos: Qos): number {
  const remaining = 2 + topicBytes + (qos > 0 ? 2 : 0) + payloadBytes;
  return 1 + lengthBytes(remaining) + remaining;
}

/** Writes all of a PUBLISH but its payload at `at` of `target`; gives where the payload begins. */
export function writePublishHead(
  target: Buffer,
  at: number,
  topic: Uint8Array,
  payloadBytes: number,
  qos: Qos,
  retain: boolean,
  messageId: number,
): number {
  let cursor = at;
  target[cursor++] = (PACKET.publish << 4) | (qos << 1) | (retain ? 1 : 0);
  let remaining = 2 + topic.length + (qos > 0 ? 2 : 0) + payloadBytes;
  while (remaining > 0x7f) {
    target[cursor++] = (remaining & 0x7f) | 0x80;
    remaining >>>= 7;
  }
  target[cursor++] = remaining;
  target[cursor++] = topic.length >> 8;
  target[cursor++] = topic.length & 0xff;
  target.set(topic, cursor);
  cursor += topic.length;
  if (qos > 0) {
    target[cursor++] = messageId >> 8;
    target[cursor++] = messageId & 0xff;
  }
  return cursor;
}

function lengthBytes(remaining: number): number {
  return remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4;
}
