import { type RpcRequest, StepppsError } from "../../contract/index.ts";

const MAX_TEXT = 1000;

/** The argument `field`, which has to be text; throws E_CONTROL. */
export function textArgument(args: RpcRequest, field: string): string {
  const value = args[field];
  if (typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT) return value;
  throw new StepppsError("E_CONTROL", value === undefined ? `no ${field} is named` : `${field} is not text`);
}

/** The same where it is there. */
export function optionalText(args: RpcRequest, field: string): string | undefined {
  return args[field] === undefined || args[field] === null ? undefined : textArgument(args, field);
}

/** A whole number from `min` to `max`, `fallback` where it is not given; throws E_CONTROL. */
export function wholeArgument<F>(
  args: RpcRequest,
  field: string,
  { min, max, fallback }: { min: number; max: number; fallback: F },
): number | F {
  const value = args[field];
  if (value === undefined || value === null) return fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new StepppsError("E_CONTROL", `${field} must be a whole number from ${min} to ${max}`);
}

/** An argument that has to be bytes; throws E_CONTROL. */
export function bytesArgument(args: RpcRequest, field: string): Uint8Array {
  const value = args[field];
  if (value instanceof Uint8Array) return value;
  throw new StepppsError("E_CONTROL", `${field} has to be bytes`);
}
