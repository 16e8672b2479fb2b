import { createHash } from "node:crypto";

const REMEMBERED = 10_000;
/** ms after which a message that did not come back will not: its like is then another one's. */
const AGE_MS = 60_000;

/**
 * What was sent to a broker that sends it back: over MQTT 3.1.1 a client cannot ask not to hear itself. Each message comes back
 * once, so that its like from somebody else is not taken for it.
 */
export class Echoes {
  readonly #now: () => number;
  /** Times at which it was sent, by topic and content. */
  readonly #sent = new Map<string, number[]>();

  /** `now` in ms, on any scale that only rises. */
  constructor(now: () => number) {
    this.#now = now;
  }

  sent(topic: string, payload: Uint8Array): void {
    const key = keyOf(topic, payload);
    const times = this.#sent.get(key) ?? [];
    times.push(this.#now());
    // Put at the end, so that what was sent longest ago stands first
    this.#sent.delete(key);
    this.#sent.set(key, times);
    for (const oldest of this.#sent.keys()) if (this.#sent.size > REMEMBERED) this.#sent.delete(oldest);
  }

  /** Whether it is one of ours come back; it is then forgotten. */
  isEcho(topic: string, payload: Uint8Array): boolean {
    if (this.#sent.size === 0) return false;
    const key = keyOf(topic, payload);
    const since = this.#now() - AGE_MS;
    const times = this.#sent.get(key)?.filter((time) => time >= since) ?? [];
    const found = times.shift() !== undefined;
    if (times.length === 0) this.#sent.delete(key);
    else this.#sent.set(key, times);
    return found;
  }
}

function keyOf(topic: string, payload: Uint8Array): string {
  return createHash("sha256").update(topic).update("\0").update(payload).digest("base64");
}
