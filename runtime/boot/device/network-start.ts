import { crc32 } from "node:zlib";
import { text, utf8 } from "../../contract/index.ts";
import type { Files } from "../../platform/index.ts";

export interface NetworkStart {
  /** Where PID 1 looks. */
  readonly file: string;
  /** steppps.yaml */
  readonly document: string;
  readonly files: Pick<Files, "read" | "write">;
}

/** As much of the document as PID 1 reads. */
const DOCUMENT_BYTES = 64 * 1024 - 1;
const FILE_BYTES = 4095;

/**
 * Leaves for PID 1 what it may do with the network at the next start, while the supervisor is not there yet (kernel/init/network.h, which
 * has the form). It counts as long as the document is the same: nobody's cable is switched on that was switched off meanwhile. Writes
 * only what is new. Throws E_FILE, E_DISK_FULL, E_FILE_TOO_LARGE; without the file a start takes longer, and that is all.
 */
export async function writeNetworkStart({ file, document, files }: NetworkStart, lines: readonly string[]): Promise<void> {
  const bytes = await files.read(document, DOCUMENT_BYTES);
  const sum = crc32(bytes ?? new Uint8Array())
    .toString(16)
    .padStart(8, "0");
  const content = utf8([`steppps network 1 ${sum}`, ...lines, ""].join("\n"));
  const before = await files.read(file, FILE_BYTES).catch(() => undefined);
  if (content.length > FILE_BYTES || (before && text(before) === text(content))) return;
  await files.write(file, content);
}
