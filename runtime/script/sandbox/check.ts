import { ABI_CALLS, ABI_ENTRY, ABI_MODULE, ABI_READ, ABI_SAVE, asStepppsError, StepppsError } from "../../contract/index.ts";

interface Port {
  readonly module?: string;
  readonly name: string;
  readonly kind: string;
}

const IMPORTS = new Set(
  [...ABI_CALLS.map((call) => call.name), ABI_READ].map((name) => `${ABI_MODULE}.${name}`).concat("env.abort"),
);
const EXPORTS = [
  ["memory", "memory"],
  [ABI_ENTRY, "function"],
  [ABI_SAVE, "function"],
] as const;

/** Refuses a guest that asks for more than the ABI offers, or lacks what the host calls. Both engines ask here. */
export function checkGuest(imports: readonly Port[], exports: readonly Port[]): void {
  for (const { module, name, kind } of imports) {
    if (kind !== "function" || !IMPORTS.has(`${module}.${name}`)) throw new StepppsError("E_GUEST_IMPORT", `${module}.${name}`);
  }
  for (const [name, kind] of EXPORTS) {
    if (!exports.some((port) => port.name === name && port.kind === kind)) throw new StepppsError("E_GUEST_EXPORT", name);
  }
}

/** Makes an instance of a guest; throws E_GUEST_INVALID where the guest can't be one: an import of another type, a start that traps. */
export function instanceOf<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw asStepppsError(cause, "E_GUEST_INVALID");
  }
}
