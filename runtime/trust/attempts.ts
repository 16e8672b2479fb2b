import type { Clock } from "../platform/index.ts";

export interface AttemptLimits {
  /** Wrong tries of one address before it has to wait. */
  readonly free: number;
  /** ms to wait after the first try beyond those; doubled with each further one. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Addresses that are remembered; the one that was quiet for longest is forgotten first. */
  readonly addresses: number;
  /** Checks at once in all: each costs 16 MiB and a thread. */
  readonly atOnce: number;
  /** Checks that wait for their turn; more are turned away. */
  readonly waiting: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = {
  free: 5,
  firstWait: 1_000,
  longestWait: 5 * 60_000,
  addresses: 1_024,
  atOnce: 1,
  waiting: 16,
};

/** `waitMillis`: not looked at, ask again after so long. */
export type Attempt = { readonly ok: boolean } | { readonly ok: false; readonly waitMillis: number };

interface Record {
  failures: number;
  /** By the monotonic clock. */
  until: number;
}

/**
 * Bounds how often passwords are tried: an address that is wrong again and again waits longer and longer, and in all only so many
 * are looked at at once, so that a storm of wrong ones from many addresses takes one thread and not the machine.
 */
export class Attempts {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #limits: AttemptLimits;
  /** In the order of their last failure. */
  readonly #records = new Map<string, Record>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(clock: Pick<Clock, "monotonic">, limits: AttemptLimits = ATTEMPT_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Runs `check` for `address` unless that has to wait. A later success of the address forgets its failures. */
  async run(address: string, check: () => Promise<boolean>): Promise<Attempt> {
    const key = networkOf(address);
    const waitMillis = (this.#records.get(key)?.until ?? 0) - this.#clock.monotonic();
    if (waitMillis > 0) return { ok: false, waitMillis: Math.ceil(waitMillis) };
    if (this.#queue.length >= this.#limits.waiting) return { ok: false, waitMillis: this.#limits.firstWait };
    // Counted before it is looked at: many tries at once are as many.
    this.#fail(key);
    await this.#turn();
    try {
      const ok = await check();
      if (ok) this.#records.delete(key);
      return { ok };
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  #turn(): Promise<void> {
    if (this.#running < this.#limits.atOnce) {
      this.#running++;
      return Promise.resolve();
    }
    return new Promise((resolve) =>
      this.#queue.push(() => {
        this.#running++;
        resolve();
      }),
    );
  }

  #fail(key: string): void {
    const { free, firstWait, longestWait, addresses } = this.#limits;
    const failures = (this.#records.get(key)?.failures ?? 0) + 1;
    const over = failures - free;
    const wait = over < 0 ? 0 : Math.min(longestWait, firstWait * 2 ** Math.min(over, 30));
    this.#records.delete(key);
    this.#records.set(key, { failures, until: this.#clock.monotonic() + wait });
    if (this.#records.size > addresses) for (const oldest of this.#records.keys()) return void this.#records.delete(oldest);
  }
}

/** One machine may have all of an IPv6 /64 [RFC 4291 2.5.4]: it counts as one address. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill("0"), ...rest].slice(0, 4).join(":").toLowerCase();
}
