import { type DeviceDocument, type ErrorCode, StepppsError } from "../../contract/index.ts";

/** What a document asks for that this image has not: it is in force all the same, but for that. */
export function troublesOf({ ssh }: DeviceDocument): StepppsError[] {
  return ssh?.enabled ? [new StepppsError("E_DEVICE_SSH")] : [];
}

/** Phases of PID 1 whose failure has a row in the catalogue. */
const CODES: Readonly<Record<string, ErrorCode>> = { data: "E_DEVICE_DATA", slot: "E_DEVICE_SLOT" };

/** What PID 1 could not do, from the lines it wrote: `<name> <ms since the kernel started> <ok|what failed>`. */
export function bootTroubles(lines: string): { readonly text: string; readonly code?: ErrorCode }[] {
  return lines.split("\n").flatMap((line) => {
    const [, name, what] = /^(\S+) \d+ (.+)$/.exec(line) ?? [];
    if (name === undefined || what === undefined || what === "ok") return [];
    const listed = CODES[name];
    if (listed === undefined) return [{ text: `${name}: ${what}` }];
    const { code, message } = new StepppsError(listed, what);
    return [{ code, text: message }];
  });
}
