import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type MqttUser, StepppsError } from "../contract/index.ts";
import { type AccessRule, accessOf, type Users } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import { Attempts, checkPassword, hashPassword, isPasswordHash } from "../trust/index.ts";

interface Known {
  /** As in the document, to tell whether it is still the same. */
  readonly text: string;
  readonly rules: readonly AccessRule[];
  /** A password's hash; nothing that any password fits where the user has none. */
  hash: string;
  /** Seal of the password that was right last: looked at before anything dear is done. */
  seal: Buffer | undefined;
}

export interface MqttUsersPorts {
  /** This device's name. */
  readonly device: string;
  readonly clock: Pick<Clock, "monotonic">;
  readonly report: (error: StepppsError) => void;
}

/** After a wrong password so many times as long as its check took pass before the next one is looked at. */
const REST = 2;
const PASSWORD_BYTES_MAX = 1024;

/**
 * The users of `mqtt.users`. Passwords are checked by a slow hash, one at a time and never on the event loop; one that was right
 * is known again by a quick one, so that sensors which come back find a door that is not blocked by somebody who guesses.
 */
export class MqttUsers implements Users {
  readonly #ports: MqttUsersPorts;
  readonly #attempts: Attempts;
  readonly #sealKey = randomBytes(32);
  #users = new Map<string, Known>();
  #hashing: Promise<void> = Promise.resolve();

  constructor(users: Readonly<Record<string, MqttUser>>, ports: MqttUsersPorts) {
    this.#ports = ports;
    this.#attempts = new Attempts(ports.clock);
    this.set(users);
  }

  get empty(): boolean {
    return this.#users.size === 0;
  }

  /** Takes these users in place of those there were. Who is the same as before keeps its list of rules. */
  set(users: Readonly<Record<string, MqttUser>>): void {
    const plain: string[] = [];
    const next = new Map<string, Known>();
    for (const [name, user] of Object.entries(users)) {
      const text = JSON.stringify(user);
      const before = this.#users.get(name);
      const { password = "" } = user;
      if (before?.text === text) next.set(name, before);
      else {
        const hash = isPasswordHash(password) ? password : "";
        if (password !== "" && hash === "") plain.push(name);
        next.set(name, { text, rules: accessOf(grantsOf(user), this.#ports.device), hash, seal: undefined });
      }
    }
    this.#users = next;
    if (plain.length === 0) return;
    this.#ports.report(new StepppsError("E_MQTT_PASSWORD_PLAIN", `of ${plain.join(", ")}`.slice(0, 200)));
    this.#hashing = this.#hashing.then(() => hashAll(plain, users, next)).catch(() => {});
  }

  rules(user: string): readonly AccessRule[] | undefined {
    return this.#users.get(user)?.rules;
  }

  async check(user: string, password: Uint8Array, address: string) {
    const known = this.#users.get(user);
    const seal = this.#seal(user, password);
    if (known?.seal && timingSafeEqual(known.seal, seal)) return { ok: true };
    await this.#hashing;
    return this.#attempts.run(keyOf(address, known && user), async () => {
      const began = performance.now();
      const fits = password.length <= PASSWORD_BYTES_MAX;
      const ok = await checkPassword(Buffer.from(password.subarray(0, PASSWORD_BYTES_MAX)).toString("utf8"), known?.hash ?? "");
      if (known && ok && fits) known.seal = seal;
      else await sleep((performance.now() - began) * REST);
      return ok && fits;
    });
  }

  #seal(user: string, password: Uint8Array): Buffer {
    return createHmac("sha256", this.#sealKey).update(`${user}\0`).update(password).digest();
  }
}

/** One program on this machine that has a wrong password is not to shut out the others: they all have one address. */
function keyOf(address: string, user: string | undefined): string {
  const here = address === "::1" || address.startsWith("127.");
  return here ? `127.0.0.1 ${user ?? ""}` : address;
}

function grantsOf({ publish = [], subscribe = [], operator = false }: MqttUser) {
  return { publish, subscribe, operator };
}

async function hashAll(
  names: readonly string[],
  users: Readonly<Record<string, MqttUser>>,
  into: ReadonlyMap<string, Known>,
): Promise<void> {
  for (const name of names) {
    const known = into.get(name);
    if (known) known.hash = await hashPassword(users[name]?.password ?? "");
  }
}
