import type { Static, TSchema } from "typebox";
import { Errors } from "typebox/value";
import { type ErrorCode, StepppsError } from "./errors/index.ts";

/** `value` when it has the shape of `schema`; throws `code` naming the first three fields that have not. */
export function parse<S extends TSchema>(schema: S, value: unknown, code: ErrorCode = "E_SCHEMA"): Static<S> {
  const faults = [...Errors(schema, value)].filter((fault) => fault.keyword !== "boolean");
  if (faults.length === 0) return value as Static<S>;
  const detail = faults.slice(0, 3).map((fault) => `${fault.instancePath || "/"} ${fault.message}${unknownKeys(fault)}`);
  throw new StepppsError(code, detail.join("; "));
}

function unknownKeys(fault: { keyword: string; params: object }): string {
  const keys = (fault.params as { additionalProperties?: readonly string[] }).additionalProperties;
  return keys ? ` (${keys.slice(0, 3).join(", ")})` : "";
}
