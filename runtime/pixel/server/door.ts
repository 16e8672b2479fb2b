import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { StepppsError } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import { Attempts, checkPassword } from "../../trust/index.ts";
import { LIMITS } from "./limits.ts";
import { Sessions } from "./sessions.ts";

/** Who may come in. */
export interface Door {
  /** Whether one has to log in here at all. */
  readonly locked: boolean;
  /** Whether the request's cookie is of a session. */
  isOpen(req: IncomingMessage): boolean;
  /** By password in the request itself, for a scraper of /metrics [RFC 7617]; the user's name is not looked at. */
  isOpenBasic(req: IncomingMessage): Promise<boolean>;
  /** The `Set-Cookie` of a new session. Throws E_PAGE_PASSWORD, E_PAGE_WAIT. */
  login(req: IncomingMessage, password: string): Promise<string>;
  /** The `Set-Cookie` that forgets it. */
  logout(req: IncomingMessage): string;
  /** Calls `end` when the request's session ends; returns what takes that back. */
  during(req: IncomingMessage, end: () => void): () => void;
}

/** On loopback: whoever is on this machine. */
export const OPEN_DOOR: Door = {
  locked: false,
  isOpen: () => true,
  isOpenBasic: async () => true,
  login: async () => "",
  logout: () => "",
  during: () => () => {},
};

export interface LockedDoorOptions {
  /** Of the password that opens it (trust/password.ts). */
  readonly passwordHash: string;
  readonly clock: Clock;
  /** Told of wrong passwords, at most once a second. */
  refused(address: string, error: StepppsError): void;
}

/** `__Host-`: a browser takes it only from HTTPS, for this very host and for no other [RFC 6265bis 4.1.3.2]. */
const COOKIE = "__Host-steppps";
const FLAGS = "Path=/; Secure; HttpOnly; SameSite=Strict";
const TOLD_EVERY_MS = 1_000;

/** Beyond loopback: whoever knows the password. */
export function createLockedDoor({ passwordHash, clock, refused }: LockedDoorOptions): Door {
  const sessions = new Sessions(clock);
  const attempts = new Attempts(clock);
  // A scraper sends the password with each request: one that was right is known again without its 0.2 s of scrypt.
  const key = randomBytes(32);
  const mark = (password: string) => createHmac("sha256", key).update(password).digest();
  let known: Buffer | undefined;
  let told = Number.NEGATIVE_INFINITY;

  const tell = (address: string, error: StepppsError): StepppsError => {
    if (clock.monotonic() - told >= TOLD_EVERY_MS) {
      told = clock.monotonic();
      refused(address, error);
    }
    return error;
  };
  /** Throws unless `password` is right. */
  const check = async (req: IncomingMessage, password: string) => {
    const address = req.socket.remoteAddress ?? "";
    const attempt = await attempts.run(address, () => checkPassword(password, passwordHash));
    if (attempt.ok) return;
    if ("waitMillis" in attempt) {
      throw tell(address, new StepppsError("E_PAGE_WAIT", `${Math.ceil(attempt.waitMillis / 1000)} s`));
    }
    throw tell(address, new StepppsError("E_PAGE_PASSWORD", `from ${address}`));
  };

  return {
    locked: true,
    isOpen: (req) => sessions.has(tokenOf(req)),
    async isOpenBasic(req) {
      const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,1400})$/i.exec(req.headers.authorization ?? "") ?? [];
      if (encoded === undefined) return false;
      const password = Buffer.from(encoded, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "");
      if (known && timingSafeEqual(known, mark(password))) return true;
      await check(req, password);
      known = mark(password);
      return true;
    },
    async login(req, password) {
      await check(req, password);
      return `${COOKIE}=${sessions.open()}; Max-Age=${LIMITS.sessionMillis / 1000}; ${FLAGS}`;
    },
    logout(req) {
      sessions.close(tokenOf(req));
      return `${COOKIE}=; Max-Age=0; ${FLAGS}`;
    },
    during: (req, end) => sessions.with(tokenOf(req), end),
  };
}

function tokenOf(req: IncomingMessage): string {
  for (const part of (req.headers.cookie ?? "").split(";")) {
    const [name, value = ""] = part.trim().split("=", 2);
    if (name === COOKIE) return value;
  }
  return "";
}
