import type { Static, TSchema } from "typebox";
import { type ErrorCode, StepppsError } from "./errors/index.ts";
import { checkSchema } from "./schema-check.ts";

/** `value` when it has the shape of `schema`; throws `code` naming the first three fields that have not. */
export function parse<S extends TSchema>(schema: S, value: unknown, code: ErrorCode = "E_SCHEMA"): Static<S> {
  const faults = checkSchema(schema, value);
  if (faults.length === 0) return value as Static<S>;
  throw new StepppsError(
    code,
    faults
      .slice(0, 3)
      .map(({ path, message }) => `${path || "/"} ${message}`)
      .join("; "),
  );
}
