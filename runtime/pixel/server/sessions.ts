import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../platform/index.ts";
import { LIMITS } from "./limits.ts";

interface Session {
  /** By the monotonic clock. */
  readonly began: number;
  used: number;
  /** What to end with it: open live views. */
  readonly ends: Set<() => void>;
}

/**
 * Who is logged in. A token is 256 random bits; what is kept is its SHA-256, so that looking one up tells nothing by its time,
 * and what is in memory opens nothing. In memory only: after a start one logs in again.
 */
export class Sessions {
  readonly #clock: Pick<Clock, "monotonic">;
  /** In the order of their beginning. */
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** A new session's token. The oldest one makes room when there are as many as there may be. */
  open(): string {
    const token = randomBytes(32).toString("base64url");
    const now = this.#clock.monotonic();
    this.#sessions.set(keyOf(token), { began: now, used: now, ends: new Set() });
    if (this.#sessions.size > LIMITS.sessions) for (const oldest of this.#sessions.keys()) return this.#end(oldest, token);
    return token;
  }

  /** Whether `token` is of a session; that it is used keeps it. */
  has(token: string): boolean {
    return this.#find(token) !== undefined;
  }

  /** `end` is called when the session is ended before it; what is returned takes that back. */
  with(token: string, end: () => void): () => void {
    const session = this.#find(token);
    session?.ends.add(end);
    return () => void session?.ends.delete(end);
  }

  close(token: string): void {
    this.#end(keyOf(token), token);
  }

  #find(token: string): Session | undefined {
    const key = keyOf(token);
    const session = this.#sessions.get(key);
    if (!session) return undefined;
    const now = this.#clock.monotonic();
    if (now - session.used >= LIMITS.sessionIdleMillis || now - session.began >= LIMITS.sessionMillis) {
      this.#end(key, token);
      return undefined;
    }
    session.used = now;
    return session;
  }

  #end(key: string, token: string): string {
    const ends = this.#sessions.get(key)?.ends ?? [];
    this.#sessions.delete(key);
    for (const end of ends) end();
    return token;
  }
}

const keyOf = (token: string) => createHash("sha256").update(token).digest("base64url");
