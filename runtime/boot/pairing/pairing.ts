import { randomUUID } from "node:crypto";
import { StepppsError } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import { formatPublicKey, type PublicKey, parsePublicKey } from "../../trust/index.ts";
import type { Confirmation } from "../../trust/pairing/spake2.ts";
import { PairingCode, type ShownCode } from "./code.ts";

export interface PairingOptions {
  readonly device: string;
  readonly clock: Clock;
  /** Whether somebody owns the device already. */
  owned(): boolean;
  /** Makes the key an owner's, for good. */
  claim(line: string, key: PublicKey, name: string): Promise<void>;
}

/** One exchange that has begun. */
interface Exchange {
  readonly session: string;
  readonly key: PublicKey;
  readonly code: string;
  readonly confirmation: Confirmation;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Claims a device that has no owner, by the code that it shows and nobody else sees:
 *
 *   owner  {step: "hello", key, share}            ──▶
 *                                                 ◀──  {session, share}
 *   owner  {step: "prove", session, proof, name}  ──▶  right: the key is an owner's
 *                                                 ◀──  {proof}: the device knew the code too
 *
 * The code never travels, and cannot be guessed from what does. Somebody in between can keep the two apart, or guess: five tries of
 * a hundred million, every ten minutes. What it doesn't give: secrecy of the public key, and any proof of who stands at the console.
 */
export class Pairing {
  readonly #options: PairingOptions;
  readonly #code: PairingCode;
  #exchange: Exchange | undefined;
  #claiming = false;

  constructor(options: PairingOptions) {
    this.#options = options;
    this.#code = new PairingCode(options.clock);
  }

  /** For the console and the page on loopback; never for a log. */
  shown(): ShownCode | undefined {
    return this.#options.owned() ? undefined : this.#code.shown();
  }

  /** Method `pair`. Throws E_PAIRING_CLOSED, E_PAIRING_CODE, E_KEY_FORMAT, E_CONTROL. */
  async pair(args: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#options.owned() || this.#claiming) throw new StepppsError("E_PAIRING_CLOSED");
    if (args.step === "hello") return this.#hello(args);
    if (args.step === "prove") return this.#prove(args);
    throw new StepppsError("E_CONTROL", "step is hello or prove");
  }

  async #hello({ key: line, share }: Readonly<Record<string, unknown>>) {
    if (typeof line !== "string" || line.length > 8192 || !(share instanceof Uint8Array))
      throw new StepppsError("E_CONTROL", "a key and a share are needed");
    const key = parsePublicKey(line);
    const code = this.#code.begin();
    if (code === undefined) throw new StepppsError("E_PAIRING_CLOSED");
    const { startSpake2 } = await import("../../trust/pairing/spake2.ts");
    const { pairingInputs } = await import("../../trust/pairing/secret.ts");
    const side = startSpake2({ role: "B", ...(await pairingInputs(code, this.#options.device, key)) });
    const confirmation = finish(() => side.finish(share));
    // One at a time: a second one begun ends the first.
    this.#exchange = { session: randomUUID(), key, code, confirmation };
    return { session: this.#exchange.session, share: side.share };
  }

  async #prove({ session, proof, name = "owner" }: Readonly<Record<string, unknown>>) {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (typeof name !== "string" || !NAME.test(name))
      throw new StepppsError("E_CONTROL", "name is lower case letters, digits, -");
    // It may have run out or been burnt since.
    if (!exchange || exchange.session !== session || this.#code.shown()?.code !== exchange.code)
      throw new StepppsError("E_PAIRING_CLOSED", "the exchange is over; begin again");
    if (!(proof instanceof Uint8Array) || !exchange.confirmation.accepts(proof)) {
      this.#code.wrong();
      throw new StepppsError("E_PAIRING_CODE");
    }
    this.#code.burn();
    this.#claiming = true;
    try {
      await this.#options.claim(formatPublicKey(exchange.key), exchange.key, name);
    } finally {
      this.#claiming = false;
    }
    return { proof: exchange.confirmation.proof };
  }
}

function finish(work: () => Confirmation): Confirmation {
  try {
    return work();
  } catch (cause) {
    throw new StepppsError("E_CONTROL", "the share is no point of the curve", { cause });
  }
}
