import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { asStepppsError, type DeviceDocument, StepppsError } from "../../contract/index.ts";
import { dropHistory } from "../../store/index.ts";
import { packArchive, readLater } from "./archive.ts";
import { contentsOf } from "./contents.ts";
import { type BackupFile, type BackupManifest, JOURNAL_NAME } from "./manifest.ts";
import { seal } from "./seal.ts";

export interface BackupOptions {
  /** The data directory. */
  readonly data: string;
  /** A copy of its journal that nobody writes to; without `history` it is made smaller. */
  readonly journal: string;
  readonly document: DeviceDocument;
  readonly version: string;
  readonly history: boolean;
  /** With it the device's keys go along, and all of it is encrypted. */
  readonly passphrase?: string;
  /** ms since the epoch. */
  readonly time: number;
  /** Where the backup goes; there must be nothing of that name. */
  readonly file: string;
}

/** Files beside the journal are read whole: none of them is large. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Writes a backup: after a crash it is there in full or not at all. Throws E_CLI_EXISTS, E_FILE_TOO_LARGE and what the disk says. */
export async function writeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { data, journal, document, version, history, passphrase, time, file } = options;
  const identity = passphrase !== undefined;
  if (existsSync(file)) throw new StepppsError("E_CLI_EXISTS", file);
  if (!history) dropHistory(journal);
  const kept = new Map<string, Uint8Array>();
  const files: BackupFile[] = [];
  for (const content of await contentsOf(data, document)) {
    if (content.identity && !identity) continue;
    const bytes = await readFile(join(data, content.path));
    if (bytes.length > MAX_FILE_BYTES) throw new StepppsError("E_FILE_TOO_LARGE", content.path);
    kept.set(content.path, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files.push({ path: content.path, bytes: bytes.length, sha256, ...(content.identity && { identity: true as const }) });
  }
  files.push({ path: JOURNAL_NAME, ...(await measure(journal)) });
  const manifest = { format: 1 as const, steppps: version, device: document.name ?? "edge", time, history, identity, files };

  const read = (path: string) => (path === JOURNAL_NAME ? readLater(journal) : fromMemory(kept.get(path) as Uint8Array));
  const tar = await packArchive(manifest, read);
  const beside = `${file}.new`;
  const out = createWriteStream(beside, { flags: "wx", mode: 0o600, flush: true });
  try {
    if (passphrase === undefined) await pipeline(tar, createZstdCompress(), out);
    else await pipeline(tar, createZstdCompress(), (plain) => seal(plain, passphrase), out);
    await putInPlace(beside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // One that was there before is somebody else's.
    if (code === "EEXIST") throw new StepppsError("E_CLI_EXISTS", beside, { cause: error });
    await rm(beside, { force: true });
    throw asStepppsError(error, code === "ENOSPC" || code === "EDQUOT" ? "E_DISK_FULL" : "E_FILE");
  }
  return manifest;
}

async function* fromMemory(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of readLater(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function putInPlace(beside: string, file: string): Promise<void> {
  await rename(beside, file);
  await using folder = await open(dirname(file), "r");
  await folder.sync();
}
