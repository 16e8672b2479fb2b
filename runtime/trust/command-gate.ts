import { type RpcMethod, StepppsError } from "../contract/index.ts";
import type { Journal, Op } from "../store/index.ts";
import { type Command, parseCommand, readCommandEnvelope } from "./command.ts";
import type { Deployers } from "./deployers.ts";
import { verifySigners } from "./envelope.ts";
import type { KeyId } from "./key.ts";
import { allowsMethod } from "./policy.ts";
import type { SignedTime } from "./signed-time.ts";

/** ms that the clocks of signer and device may be apart. */
export const COMMAND_WINDOW_MS = 5 * 60_000;
const KEY = "trust.commands";

export interface AcceptedCommand {
  readonly method: RpcMethod;
  readonly args: Readonly<Record<string, unknown>>;
  /** The first key, by id, that signed it. */
  readonly signer: KeyId;
}

export interface CommandContext {
  readonly deployers: Deployers;
  readonly device: string;
  readonly group: string | undefined;
  readonly time: SignedTime;
}

/**
 * Lets each signed command through once. Nonces are kept as long as their command could be given again; what is not newer than the
 * newest one forgotten is refused for its time, and that bound only rises: a clock that is set back opens nothing again.
 */
export class CommandGate {
  readonly #journal: Journal;
  /** ms since the epoch: commands signed before are refused. */
  #floor: number;
  /** When nonces were last forgotten. */
  #trimmed = Number.NEGATIVE_INFINITY;

  private constructor(journal: Journal, floor: number) {
    this.#journal = journal;
    this.#floor = floor;
  }

  static async open(journal: Journal): Promise<CommandGate> {
    const [row] = await journal.read("meta.one", KEY);
    const floor = Number(row?.value);
    return new CommandGate(journal, Number.isSafeInteger(floor) ? floor : 0);
  }

  /** Throws E_ENVELOPE_*, E_TRUST_COMMAND, _POLICY, _STALE or _REPLAY. When it resolves the command is on disk as given. */
  async take(envelope: Uint8Array, { deployers, device, group, time }: CommandContext): Promise<AcceptedCommand> {
    const cose = readCommandEnvelope(envelope);
    const signers = verifySigners(cose, deployers.keys);
    const rules = deployers.rules(signers, group);
    deployers.checkCurrent(time.now());
    const command = parseCommand(cose.payload);
    if (command.device !== device) throw new StepppsError("E_TRUST_COMMAND", `for ${command.device}`);
    // The owners' rule of a device without a policy names no methods: it lets everything through.
    if (deployers.bounded && !allowsMethod(rules, command.method)) throw new StepppsError("E_TRUST_POLICY", command.method);
    await this.#once(command, time);
    return { method: command.method, args: command.args, signer: signers[0] as KeyId };
  }

  async #once(command: Command, time: SignedTime): Promise<void> {
    const now = time.now();
    const early = command.time > now + COMMAND_WINDOW_MS;
    const late = command.time < Math.max(this.#floor, now - COMMAND_WINDOW_MS);
    // A clock that is known to be wrong says nothing about what is too early.
    if (late || (early && time.known)) {
      throw new StepppsError(
        "E_TRUST_STALE",
        `signed ${new Date(command.time).toISOString()}, here it is ${new Date(now).toISOString()}`,
      );
    }
    const ops: Op[] = [["trust.command.add", Buffer.from(command.nonce).toString("hex"), command.time]];
    // Rarely, so that most commands cost one row.
    if (Math.abs(now - this.#trimmed) > COMMAND_WINDOW_MS) ops.push(...(await this.#trim(now)));
    try {
      await this.#journal.commit(ops);
    } catch (cause) {
      if (cause instanceof StepppsError && cause.code === "E_STORE_CONFLICT")
        throw new StepppsError("E_TRUST_REPLAY", "", { cause });
      throw cause;
    }
  }

  /**
   * Forgets the nonces of commands that are too old by now. The bound is the newest of them, not the clock: one that was wrong for a
   * moment, far ahead, must not lock out what is signed after it was set right.
   */
  async #trim(now: number): Promise<Op[]> {
    this.#trimmed = now;
    const [row] = await this.#journal.read("trust.command.newest", now - COMMAND_WINDOW_MS);
    if (!row || row.time === null) return [];
    this.#floor = Math.max(this.#floor, row.time + 1);
    return [
      ["meta.set", KEY, String(this.#floor)],
      ["trust.command.trim", this.#floor],
    ];
  }
}
