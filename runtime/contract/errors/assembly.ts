import type { ErrorTable } from "./table.ts";

/** Plugins being made from source. */
export const assemblyErrors = {
  E_COMPILE: {
    what: "A plugin's source does not compile",
    why: "The compiler found errors; each names its line and, where it can, what to write instead",
    fix: "Correct the lines that are named and build again",
  },
} as const satisfies ErrorTable;
