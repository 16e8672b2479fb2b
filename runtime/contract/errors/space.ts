import type { ErrorTable } from "./table.ts";

export const spaceErrors = {} as const satisfies ErrorTable;
