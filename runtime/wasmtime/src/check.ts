import { WasmtimeError } from "./errors.ts";

/** A whole number in a range, or a thrown error that names the option. */
export function integer(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new WasmtimeError("option", `${name} must be a whole number from ${minimum} to ${maximum}, not ${String(value)}`);
  }
  return value;
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new WasmtimeError("option", `${name} must be true or false, not ${String(value)}`);
  return value;
}

/** The index of `value` in `choices`. */
export function choice(name: string, value: unknown, choices: readonly string[]): number {
  const index = choices.indexOf(value as string);
  if (index < 0) throw new WasmtimeError("option", `${name} must be one of ${choices.join(", ")}, not ${String(value)}`);
  return index;
}

export function text(name: string, value: unknown): string {
  if (typeof value !== "string" || value.length === 0 || value.length > 256 || value.includes("\0")) {
    throw new WasmtimeError("option", `${name} must be a string of 1 to 256 characters`);
  }
  return value;
}

/** Refuses a key that the options don't have: a misspelt limit must not become a missing one. */
export function known(name: string, value: object, keys: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new WasmtimeError("option", `${name} has no option "${key}"; it has ${keys.join(", ")}`);
  }
}
