import { asStepppsError, type RpcReply, StepppsError, utf8 } from "../../contract/index.ts";
import { encodeCbor, fromPlain } from "../../platform/index.ts";
import type { RpcForm } from "./request.ts";

/** More than a page of a recording; what else is asked for has limits far below. */
const MAX_BYTES = 8 * 1024 * 1024;

export function refusal(thrown: unknown): RpcReply {
  const { code, what, detail, fix } = asStepppsError(thrown, "E_CONTROL").toJSON();
  return { ok: false, error: { code, what, detail, fix } };
}

/** An answer's bytes; those of a refusal where the value cannot be sent. */
export function encodeReply(reply: RpcReply, form: RpcForm): Uint8Array {
  try {
    const bytes = form === "json" ? utf8(JSON.stringify(reply, base64)) : encodeCbor(fromPlain(reply));
    if (bytes.length > MAX_BYTES) throw new StepppsError("E_CONTROL_ANSWER", `${bytes.length} bytes`);
    return bytes;
  } catch (cause) {
    const error = cause instanceof StepppsError && cause.code === "E_CONTROL_ANSWER" ? cause : unsendable(cause);
    return encodeReply(refusal(error), form);
  }
}

function unsendable(cause: unknown): StepppsError {
  return new StepppsError("E_CONTROL_ANSWER", cause instanceof Error ? cause.message : "", { cause });
}

function base64(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
