import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorCode } from "../../contract/index.ts";
import type { Limits } from "../limits.ts";
import type { AccessRule } from "./access.ts";
import { userOf } from "./client-key.ts";
import type { Refusals } from "./refusals.ts";

/** Who may come in beside the programs of this machine. */
export interface Users {
  /** There is none. */
  readonly empty: boolean;
  /** What that user may do; undefined where there is no such user. Another list once anything about the user is changed. */
  rules(user: string): readonly AccessRule[] | undefined;
  /** Whether `password` is that user's; no quicker for one that does not exist. `waitMillis`: it was not looked at. */
  check(user: string, password: Uint8Array, address: string): Promise<{ readonly ok: boolean; readonly waitMillis?: number }>;
}

/** Somebody at the door. */
export interface Visitor {
  readonly address: string;
  /** It is a program on this machine. */
  readonly here: boolean;
  /** It came over TLS. `name`: the common name in its certificate, where it showed one; undefined where that is not trusted. */
  readonly tls?: { readonly certificate?: { readonly name: string | undefined } };
}

/** Return codes of CONNACK, section 3.2.2.3. */
const UNAVAILABLE = 3;
const WRONG_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

export type Entry = { readonly rules: readonly AccessRule[] } | { readonly refused: ErrorCode; readonly returnCode: number };

interface Options {
  /** What programs of this machine may do without a user. */
  readonly anonymous: readonly AccessRule[];
  readonly users: Users | undefined;
  readonly limits: Limits;
  readonly refusals: Refusals;
}

const NOTHING: readonly AccessRule[] = [];
/** ms that an address which has to wait is kept waiting for its refusal, so that it does not ask as fast as it can. */
const HELD_MS = 1000;

/** Decides who comes in, as whom, and how many may wait for that. */
export class Doorkeeper {
  readonly #options: Options;
  /** Connections from elsewhere that have not logged in, by address. */
  readonly #strangers = new Map<string, number>();
  #allStrangers = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether one more may say who it is: those of this machine always. Each that may has to `leave` once. */
  admit({ address, here }: Visitor): boolean {
    if (here) return true;
    const { strangers, strangersPerAddress } = this.#options.limits;
    const waiting = this.#strangers.get(address) ?? 0;
    if (waiting >= strangersPerAddress || this.#allStrangers >= strangers) {
      this.#options.refusals.add(address, "E_MQTT_LOGIN_OFTEN", "too many connections that have not logged in");
      return false;
    }
    this.#strangers.set(address, waiting + 1);
    this.#allStrangers++;
    return true;
  }

  /** It has logged in, or is gone. */
  leave({ address, here }: Visitor): void {
    if (here) return;
    const waiting = (this.#strangers.get(address) ?? 0) - 1;
    this.#allStrangers--;
    if (waiting > 0) this.#strangers.set(address, waiting);
    else this.#strangers.delete(address);
  }

  /** What the client with that session key may do. */
  rules(key: string): readonly AccessRule[] {
    const user = userOf(key);
    if (user === undefined) return this.#options.anonymous;
    return this.#options.users?.rules(user) ?? NOTHING;
  }

  /** Whom the visitor says to be: by its certificate, else by name; undefined for nobody in particular. */
  claims({ here, tls }: Visitor, username: string | undefined): string | undefined {
    if (tls?.certificate) return tls.certificate.name ?? "";
    // Where there are no users, names are as good as none, as before there were any
    if (here && !tls && (this.#options.users?.empty ?? true)) return undefined;
    return username === "" ? undefined : username;
  }

  async enter(visitor: Visitor, user: string | undefined, password: Uint8Array | undefined): Promise<Entry> {
    const { anonymous, users } = this.#options;
    const { address, here, tls } = visitor;
    if (user === undefined) {
      if (here && !tls) return { rules: anonymous };
      return this.#refuse(address, "E_MQTT_ANONYMOUS", NOT_AUTHORIZED);
    }
    const rules = users?.rules(user);
    if (tls?.certificate) return rules ? { rules } : this.#refuse(address, "E_MQTT_CERTIFICATE", NOT_AUTHORIZED, user);
    const answer = users ? await users.check(user, password ?? new Uint8Array(0), address) : { ok: false };
    if (answer.ok && rules) return { rules };
    if (answer.waitMillis === undefined) return this.#refuse(address, "E_MQTT_LOGIN", WRONG_PASSWORD, user);
    await sleep(Math.min(answer.waitMillis, HELD_MS));
    return this.#refuse(address, "E_MQTT_LOGIN_OFTEN", UNAVAILABLE, user);
  }

  #refuse(address: string, refused: ErrorCode, returnCode: number, user?: string): Entry {
    this.#options.refusals.add(address, refused, user === undefined ? "" : `user ${JSON.stringify(user.slice(0, 64))}`);
    return { refused, returnCode };
  }
}
