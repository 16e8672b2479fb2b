import { decodeEffects, effectText, equalBytes, PUBLISH_RETAIN } from "../../contract/index.ts";
import type { Offer, SentOutput } from "./offer.ts";

/**
 * What was said for the inputs of a batch, input by input. `withheld`: as its row has it.
 *
 *   null: nothing was withheld │ empty: everything, nobody said it │ otherwise u32 indices of outputs, little endian, that had been
 *   said before: by a version on trial
 */
export function sentByInput(count: number, effects: Uint8Array, withheld: Uint8Array | null): SentOutput[][] {
  const sent = Array.from({ length: count }, (): SentOutput[] => []);
  if (withheld?.length === 0) return sent;
  for (const { call, input, args } of decodeEffects(effects)) {
    if (call !== "publish") continue;
    const [topic, payload, flags] = args as readonly [Uint8Array, Uint8Array, number];
    sent[Math.min(input, count - 1)]?.push({ topic: effectText(topic), payload, flags });
  }
  return sent;
}

/** The outputs that are sent, of all that a batch made. */
export function notWithheld<T>(outputs: readonly T[], withheld: Uint8Array | null): readonly T[] {
  if (withheld === null) return outputs;
  if (withheld.length === 0) return [];
  const kept = new Set(readWithheld(withheld));
  return outputs.filter((_, index) => !kept.has(index));
}

/**
 * Which outputs of inputs that are handled again need not be sent, as they were sent for the same input before. What is retained is
 * sent in any case once its topic had something else in between: receivers would be left with that.
 */
export class Withholding {
  /** Topics of retained outputs of which the broker may have another than was said. */
  readonly #astray = new Set<string>();
  readonly #distrust: boolean;

  /** `distrust`: it is not known what was sent since, so that everything retained is sent. */
  constructor(distrust: boolean) {
    this.#distrust = distrust;
  }

  /** Of a batch of `offers` with these effects: what its row is to say, and undefined when all of it is sent. */
  of(offers: readonly Offer[], effects: Uint8Array): Uint8Array | undefined {
    const left = offers.map((offer) => [...(offer.sent ?? [])]);
    const withheld: number[] = [];
    let index = 0;
    let at = 0;
    for (const { call, input, args } of decodeEffects(effects)) {
      if (call !== "publish") continue;
      const number = index++;
      for (; at < Math.min(input, offers.length - 1); at++) this.#passed(left[at]);
      const [topicBytes, payload, flags] = args as readonly [Uint8Array, Uint8Array, number];
      const topic = effectText(topicBytes);
      const before = left[at] ?? [];
      const found = before.findIndex((one) => one.topic === topic && one.flags === flags && equalBytes(one.payload, payload));
      const retained = (flags & PUBLISH_RETAIN) !== 0;
      if (found >= 0) before.splice(found, 1);
      if (found < 0 && retained) this.#astray.add(topic);
      if (found >= 0 && !(retained && (this.#distrust || this.#astray.has(topic)))) withheld.push(number);
    }
    for (; at < offers.length; at++) this.#passed(left[at]);
    return withheld.length > 0 ? writeWithheld(withheld) : undefined;
  }

  /** What was sent for an input and is not said again. */
  #passed(left: readonly SentOutput[] | undefined): void {
    for (const { topic, flags } of left ?? []) if (flags & PUBLISH_RETAIN) this.#astray.add(topic);
  }
}

function readWithheld(withheld: Uint8Array | null): number[] {
  if (withheld === null) return [];
  const view = new DataView(withheld.buffer, withheld.byteOffset, withheld.byteLength);
  return Array.from({ length: withheld.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
}

function writeWithheld(indices: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(indices.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, index] of indices.entries()) view.setUint32(i * 4, index, true);
  return bytes;
}
