import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StepppsError } from "../../contract/index.ts";
import { checkJournalFile, renewJournalFile } from "../../store/index.ts";
import { readLater, unpackArchive } from "./archive.ts";
import { finishRestore, IGNORED, STAGED, STAGING, syncFolder } from "./finish-restore.ts";
import { type BackupFile, type BackupManifest, JOURNAL_NAME } from "./manifest.ts";
import { renameDevice } from "./rename-device.ts";
import { isSealed, unseal } from "./seal.ts";

export interface RestoreOptions {
  readonly file: string;
  /** The data directory that is made from it. */
  readonly data: string;
  /** Takes the first device's keys over too. */
  readonly identity: boolean;
  /** The device's name in place of the one it had. */
  readonly name?: string;
  /** What is in the folder is moved aside. */
  readonly replace: boolean;
  /** Asked for when the backup is encrypted. */
  passphrase(): Promise<string>;
  /** Names the folder that what was there is moved to. */
  readonly time: number;
}

export interface Restored {
  readonly manifest: BackupManifest;
  readonly name: string;
  /** Where what was in the folder is now. */
  readonly aside?: string;
}

/**
 * Rebuilds a device's data directory; the caller holds its lock. Throws E_BACKUP_*, E_RESTORE_TARGET, E_DISK_FULL and what is wrong
 * with the journal; nothing that was there is changed then.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { data, identity, replace, time } = options;
  await finishRestore(data);
  const present = (await readdir(data)).filter((name) => !IGNORED.test(name));
  if (present.length > 0 && !replace) throw new StepppsError("E_RESTORE_TARGET", data);
  const staging = join(data, STAGING);
  await rm(staging, { recursive: true, force: true });
  await mkdir(join(staging, "new"), { recursive: true, mode: 0o700 });
  try {
    const manifest = await unpack(options, join(staging, "new"));
    const journal = join(staging, "new", JOURNAL_NAME);
    checkJournalFile(journal);
    if (!identity) renewJournalFile(journal);
    const name = options.name ?? (identity ? manifest.device : otherName(manifest.device));
    if (name !== manifest.device) await renameDevice(join(staging, "new"), name);
    await syncTree(staging);
    const aside = present.length > 0 ? `before-restore-${new Date(time).toISOString().replace(/[:.]/g, "-")}` : undefined;
    if (aside !== undefined) await mkdir(join(staging, "aside", aside), { recursive: true, mode: 0o700 });
    await rename(staging, join(data, STAGED));
    await syncFolder(data);
    await finishRestore(data);
    return { manifest, name, ...(aside !== undefined && { aside: join(data, aside) }) };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function unpack({ file, data, identity, passphrase }: RestoreOptions, into: string): Promise<BackupManifest> {
  return unpackArchive(
    await openBackup(file, passphrase),
    async (manifest) => {
      if (identity && !manifest.identity) throw new StepppsError("E_BACKUP_NO_IDENTITY", file);
      const needed = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
      const { bavail, bsize } = await statfs(data);
      if (needed > bavail * bsize) throw new StepppsError("E_DISK_FULL", `${data} has no room for ${needed} bytes`);
    },
    // What makes the first device itself is read, so that its hash is checked, and left.
    (entry, content) => takeFile(entry, content, entry.identity && !identity ? undefined : join(into, entry.path)),
  );
}

async function openBackup(file: string, passphrase: () => Promise<string>): Promise<AsyncIterable<Uint8Array>> {
  await using handle = await open(file, "r").catch((cause) => {
    throw new StepppsError("E_FILE", cause.message, { cause });
  });
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(16), 0, 16, 0);
  const sealed = isSealed(buffer.subarray(0, bytesRead));
  return sealed ? unseal(readLater(file), await passphrase()) : readLater(file);
}

async function takeFile(file: BackupFile, content: AsyncIterable<Uint8Array>, path: string | undefined): Promise<void> {
  const hash = createHash("sha256");
  if (path !== undefined) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using out = path === undefined ? undefined : await open(path, "wx", 0o600);
  for await (const chunk of content) {
    hash.update(chunk);
    await out?.writeFile(chunk);
  }
  await out?.sync();
  if (hash.digest("hex") !== file.sha256) throw new StepppsError("E_BACKUP_DAMAGED", file.path);
}

/** Two devices of one name would answer to each other's commands and throw each other out of a broker. */
function otherName(name: string): string {
  return `${name.slice(0, 50)}-restored`;
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await syncTree(join(folder, entry.name));
  await syncFolder(folder);
}
