import { StepppsError } from "../../contract/index.ts";
import { type Cbor, type CborMap, CborTagged } from "./cbor.ts";

/** A JSON-like value as CBOR; fields that are undefined are left out. Throws E_CBOR for what has no CBOR form. */
export function fromPlain(value: unknown): Cbor {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === "object") {
    const present = Object.entries(value).filter(([, item]) => item !== undefined);
    return new Map(present.map(([key, item]) => [key, fromPlain(item)]));
  }
  throw new StepppsError("E_CBOR", `a ${typeof value} cannot be signed`);
}

/** The JSON-like value of decoded CBOR; maps become objects with own fields only. Throws E_CBOR where a key is a number or a value tagged. */
export function toPlain(value: Cbor): unknown {
  if (value instanceof Uint8Array) return value;
  if (value instanceof CborTagged) throw new StepppsError("E_CBOR", `tag ${value.tag} is not used here`);
  if (value instanceof Map)
    return Object.fromEntries([...(value as CborMap)].map(([key, item]) => [textKey(key), toPlain(item)]));
  if (Array.isArray(value)) return value.map(toPlain);
  return value;
}

function textKey(key: number | string): string {
  if (typeof key === "string") return key;
  throw new StepppsError("E_CBOR", `the key ${key} is not text`);
}
