import type { Listen, LiveMessage } from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";

const PER_SECOND = 40;
const PREVIEW = 200;

/** Shows passing messages to whoever looks. While nobody does, a message costs one comparison. */
export class LiveMessages {
  readonly #clock: Clock;
  readonly #listeners = new Set<(message: LiveMessage) => void>();
  #second = 0;
  #shown = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly listen: Listen<LiveMessage> = (listener) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  show(direction: "in" | "out", message: { topic: string; payload: Uint8Array }, plugin?: string): void {
    if (this.#listeners.size === 0) return;
    const time = this.#clock.now();
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#shown = 0;
    }
    if (this.#shown++ >= PER_SECOND) return;
    const { topic, payload } = message;
    const live = {
      time,
      direction,
      topic,
      bytes: payload.length,
      preview: preview(payload),
      ...(plugin !== undefined && { plugin }),
    };
    for (const listener of this.#listeners) listener(live);
  }
}

function preview(payload: Uint8Array): string {
  const text = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, PREVIEW)).toString("utf8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: payloads that are not text are not shown
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text.slice(0, -1)) ? "" : text;
}
