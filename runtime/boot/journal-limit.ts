import type { DeviceDocument } from "../contract/index.ts";

const MEGABYTE = 1_000_000;

/** How large the document lets the journal become. */
export function journalLimit({ retention }: DeviceDocument): { limitBytes?: number } {
  const { journalMegabytes } = retention ?? {};
  return journalMegabytes === undefined ? {} : { limitBytes: journalMegabytes * MEGABYTE };
}
