import { StepppsError } from "../../contract/index.ts";

const SLOTS = 1024;
/** Longer topics are not remembered; they cost what they cost. */
const REMEMBERED_BYTES = 128;
/** What aedes takes. */
export const MAX_LEVELS = 100;

interface Name {
  readonly bytes: Buffer;
  readonly topic: string;
}

/**
 * The topics seen last, by their bytes: a publisher says the same few again and again, and comparing 20 bytes costs a fifth of
 * decoding, validating and hashing them. What is remembered was valid.
 */
export class TopicNames {
  readonly #slots: (Name | undefined)[] = new Array(SLOTS);

  /** The topic in `buffer[start, end)`; throws E_MQTT_PACKET where it is not one to publish to [MQTT-3.3.2-2, MQTT-1.5.3-1]. */
  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) throw new StepppsError("E_MQTT_PACKET", "a PUBLISH without a topic");
    if (length > REMEMBERED_BYTES) return valid(buffer.toString("utf8", start, end));
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (buffer[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    const name = this.#slots[slot];
    if (name && same(name.bytes, buffer, start, length)) return name.topic;
    const topic = valid(buffer.toString("utf8", start, end));
    this.#slots[slot] = { bytes: Buffer.from(buffer.subarray(start, end)), topic };
    return topic;
  }
}

function same(bytes: Buffer, buffer: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== buffer[start + i]) return false;
  return true;
}

function valid(topic: string): string {
  // U+FFFD is what the decoder makes of bytes that are not UTF-8
  const wrong = /[+#\0\uFFFD]/.exec(topic)?.[0];
  if (wrong !== undefined) throw new StepppsError("E_MQTT_PACKET", `a topic with ${JSON.stringify(wrong)} in it`);
  let levels = 1;
  for (let at = topic.indexOf("/"); at >= 0; at = topic.indexOf("/", at + 1)) levels++;
  if (levels > MAX_LEVELS) throw new StepppsError("E_MQTT_PACKET", `a topic of ${levels} levels`);
  return topic;
}
