import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { type Message, topicMatches } from "../contract/index.ts";

/** A published message as a test sees it. `value`: the payload as JSON where it is JSON, as text where it is text, else bytes. */
export interface Published {
  readonly topic: string;
  readonly value: unknown;
  readonly qos: number;
  readonly retain: boolean;
}

/** What a test may expect: the text, part of the JSON object, or a function that says whether this is it. */
export type Matcher =
  | string
  | number
  | boolean
  | Readonly<Record<string, unknown>>
  | readonly unknown[]
  | ((value: never, message: Published) => boolean);

/** Messages that no expectation has claimed yet. */
export class Expectations {
  #open: Published[] = [];

  add(messages: readonly Message[]): void {
    for (const { topic, payload, qos, retain } of messages) this.#open.push({ topic, value: readPayload(payload), qos, retain });
  }

  /** The first unclaimed message that matches, which is then claimed. `topic` may be a filter. */
  expect(topic: string, matcher: Matcher | undefined, from: CallableFunction): Published {
    const index = this.#open.findIndex(
      (message) => topicMatches(topic, message.topic) && (matcher === undefined || matches(matcher, message)),
    );
    if (index < 0) {
      const wanted =
        typeof matcher === "function" ? "that the function accepts" : matcher === undefined ? "" : JSON.stringify(matcher);
      throw new AssertionError({ message: `expected a message on ${topic} ${wanted}\n${this.#list()}`, stackStartFn: from });
    }
    return this.#open.splice(index, 1)[0] as Published;
  }

  expectNothing(from: CallableFunction): void {
    if (this.#open.length > 0)
      throw new AssertionError({ message: `expected nothing more to be published\n${this.#list()}`, stackStartFn: from });
  }

  clear(): void {
    this.#open = [];
  }

  #list(): string {
    if (this.#open.length === 0) return "nothing was published";
    return ["published:", ...this.#open.map(({ topic, value }) => `  ${topic} ${JSON.stringify(value)}`)].join("\n");
  }
}

function matches(matcher: Matcher, message: Published): boolean {
  if (typeof matcher === "function") return matcher(message.value as never, message);
  return contains(message.value, matcher);
}

/** Objects: every field that is asked for is there with that value. Anything else: equal. */
function contains(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return isDeepStrictEqual(value, wanted);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(wanted).every(([field, inner]) => contains((value as Record<string, unknown>)[field], inner));
}

function readPayload(payload: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return payload;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
