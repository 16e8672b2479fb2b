import { randomInt } from "node:crypto";
import type { Clock } from "../../platform/index.ts";

export interface ShownCode {
  /** "1234-5678" */
  readonly code: string;
  /** Until when it holds, ms since the epoch. */
  readonly until: number;
}

const LIFE_MS = 10 * 60_000;
const TRIES = 5;
/** An exchange costs the device some ms: who begins them without end gets no more than these. */
const EXCHANGES = 50;

/** The code that a device without an owner shows: 8 digits, a new one every ten minutes, none after five wrong tries until then. */
export class PairingCode {
  readonly #clock: Clock;
  #code = "";
  #begunAt = Number.NEGATIVE_INFINITY;
  #tries = 0;
  #exchanges = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined while no code holds. */
  shown(): ShownCode | undefined {
    const left = this.#begunAt + LIFE_MS - this.#clock.monotonic();
    if (left <= 0) this.#renew();
    else if (this.#code === "") return undefined;
    const rest = this.#begunAt + LIFE_MS - this.#clock.monotonic();
    return { code: this.#code, until: Math.round(this.#clock.now() + rest) };
  }

  /** One exchange begins; the code it is about, or undefined. */
  begin(): string | undefined {
    const shown = this.shown();
    if (shown && ++this.#exchanges > EXCHANGES) this.burn();
    return this.#code === "" ? undefined : shown?.code;
  }

  wrong(): void {
    if (++this.#tries >= TRIES) this.burn();
  }

  /** It holds no more, right or wrong. */
  burn(): void {
    this.#code = "";
  }

  #renew(): void {
    const digits = String(randomInt(0, 10 ** 8)).padStart(8, "0");
    this.#code = `${digits.slice(0, 4)}-${digits.slice(4)}`;
    this.#begunAt = this.#clock.monotonic();
    this.#tries = 0;
    this.#exchanges = 0;
  }
}
