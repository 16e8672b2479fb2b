import { randomBytes } from "node:crypto";
import type { Static } from "typebox";
import { parse, RPC_METHODS, type RpcMethod, StepppsError } from "../contract/index.ts";
import { Type } from "../contract/type.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { readEnvelope, sealEnvelope, type UnverifiedEnvelope } from "./envelope.ts";
import type { KeyPair } from "./key.ts";

const COMMAND_CONTENT_TYPE = "application/vnd.steppps.command+cbor";
const NONCE_BYTES = 16;

/** An order to one device: whoever relays it can neither change it nor give it twice. */
export const Command = Type.Object(
  {
    type: Type.Literal("command"),
    device: Type.String({ minLength: 1, maxLength: 63 }),
    method: Type.Enum(Object.keys(RPC_METHODS) as RpcMethod[]),
    args: Type.Record(Type.String(), Type.Unsafe<unknown>({})),
    /** ms since the epoch, by the signer's clock. */
    time: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
    /** 16 random bytes. */
    nonce: Type.Unsafe<Uint8Array>({}),
  },
  { additionalProperties: false },
);
export type Command = Static<typeof Command>;

/** An order as it is given now: no other has its nonce. */
export function newCommand(order: Pick<Command, "device" | "method" | "args">, time: number): Omit<Command, "type"> {
  return { ...order, time, nonce: Uint8Array.from(randomBytes(NONCE_BYTES)) };
}

export function sealCommand(command: Omit<Command, "type">, keys: KeyPair | readonly KeyPair[]): Uint8Array {
  const payload = { type: "command", ...command } as const;
  check(payload);
  return sealEnvelope(encodeCbor(fromPlain(payload)), COMMAND_CONTENT_TYPE, keys);
}

/** Throws E_ENVELOPE_*; nothing of the payload is read before its signatures hold. */
export function readCommandEnvelope(bytes: Uint8Array): UnverifiedEnvelope {
  return readEnvelope(bytes, { contentType: COMMAND_CONTENT_TYPE });
}

/** Throws E_TRUST_COMMAND. */
export function parseCommand(payload: Uint8Array): Command {
  try {
    return check(toPlain(decodeCbor(payload)));
  } catch (cause) {
    throw new StepppsError("E_TRUST_COMMAND", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
}

function check(value: unknown): Command {
  const command = parse(Command, value, "E_TRUST_COMMAND");
  if (!(command.nonce instanceof Uint8Array) || command.nonce.length !== NONCE_BYTES) {
    throw new StepppsError("E_TRUST_COMMAND", "no nonce");
  }
  return command;
}
