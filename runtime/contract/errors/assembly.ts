import type { ErrorTable } from "./table.ts";

/** Plugins that do not compile. */
export const assemblyErrors = {
  E_COMPILE: {
    what: "The plugin does not compile",
    why: "Its source has the errors that are listed above",
    fix: "Correct each at the line it names; most say what to write instead",
  },
} as const satisfies ErrorTable;
