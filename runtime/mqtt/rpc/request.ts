import {
  CONTROL_ROOT,
  controlTopic,
  isReservedTopic,
  parseTopic,
  RPC_METHODS,
  type RpcMethod,
  type RpcRequest,
  StepppsError,
} from "../../contract/index.ts";
import { decodeCbor, toPlain } from "../../platform/index.ts";

/** In which form a request came, and its answer goes. */
export type RpcForm = "cbor" | "json";

const KiB = 1024;
const MAX_BYTES = 64 * KiB;
/** Metadata of a root's whole history, with all its signatures. */
const LARGER: Partial<Record<RpcMethod, number>> = { "trust-update": 1024 * KiB };
/** Of a request to any method. */
export const MAX_REQUEST_BYTES = 1024 * KiB;
const JSON_TEXT = new TextDecoder("utf-8", { fatal: true });
const OPEN_BRACE = 0x7b;

/** Method and id in a request's topic below `steppps/<device>/rpc/`; throws E_CONTROL. */
export function parseAddress(topic: string): { method: RpcMethod; id: string } {
  const [method = "", id = ""] = topic.split("/").slice(3);
  if (!Object.hasOwn(RPC_METHODS, method))
    throw new StepppsError("E_CONTROL", `no method ${JSON.stringify(method.slice(0, 40))}`);
  return { method: method as RpcMethod, id };
}

/** A CBOR map never begins with the byte that is '{'. */
export function formOf(payload: Uint8Array): RpcForm {
  return payload[0] === OPEN_BRACE ? "json" : "cbor";
}

/** The arguments in a request; throws E_CONTROL. */
export function parseArguments(method: RpcMethod, payload: Uint8Array): RpcRequest {
  if (payload.length > (LARGER[method] ?? MAX_BYTES)) throw new StepppsError("E_CONTROL", `${payload.length} bytes`);
  if (payload.length === 0) return {};
  let value: unknown;
  try {
    value = formOf(payload) === "json" ? JSON.parse(JSON_TEXT.decode(payload)) : toPlain(decodeCbor(payload, "any"));
  } catch (cause) {
    throw new StepppsError("E_CONTROL", "neither CBOR nor JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new StepppsError("E_CONTROL", "the arguments are not a map");
  return value as RpcRequest;
}

/**
 * Where the answer goes: to the response topic of MQTT 5, or to the request's own `…/reply`. A response topic among the device's
 * own is not used: whoever asks could have the device give itself commands.
 */
export function replyTopicOf(device: string, request: { readonly topic: string; readonly responseTopic?: string }): string {
  const { responseTopic } = request;
  const [method = "", id = ""] = request.topic.split("/").slice(3);
  const usual = controlTopic.reply(device, method, id);
  if (responseTopic === undefined) return usual;
  const own = new RegExp(`^${CONTROL_ROOT}/${device}/rpc/[^/]+/[^/]+/reply$`);
  try {
    parseTopic(responseTopic);
  } catch {
    return usual;
  }
  return isReservedTopic(responseTopic) && !own.test(responseTopic) ? usual : responseTopic;
}
