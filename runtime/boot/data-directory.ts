import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PublicKey, parsePublicKey } from "../trust/index.ts";
import { finishRestore } from "./backup/finish-restore.ts";
import { type DataDirectory, dataPaths } from "./data-paths.ts";

/** `document`: where `steppps.yaml` is, when it isn't in there. */
export async function openDataDirectory(path: string, document?: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await finishRestore(path);
  return { ...dataPaths(path), ...(document !== undefined && { document }) };
}

/** The device's own secret, made at its first start: it vouches for compiled plugins. */
export async function deviceSecret(data: DataDirectory): Promise<Uint8Array> {
  const path = join(data.path, "device.secret");
  const stored = await readFile(path).catch(() => undefined);
  if (stored?.length === 32) return stored;
  const secret = randomBytes(32);
  await writeFile(path, secret, { mode: 0o600 });
  return secret;
}

/** Owners kept as files. One that can't be read is passed over and named. */
export async function readOwners(data: DataDirectory, unreadable: (file: string, error: unknown) => void): Promise<PublicKey[]> {
  const names = await readdir(data.owners).catch(() => []);
  const owners: PublicKey[] = [];
  for (const name of names.filter((file) => file.endsWith(".pub")).sort()) {
    try {
      owners.push(parsePublicKey((await readFile(join(data.owners, name), "utf8")).trim()));
    } catch (error) {
      unreadable(name, error);
    }
  }
  return owners;
}

/** What others need to reach the running supervisor. */
export interface Running {
  readonly device: string;
  readonly pid: number;
  readonly mqttUrl: string;
  readonly webUrl: string | null;
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export async function writeRunning(data: DataDirectory, running: Running): Promise<void> {
  await writeFile(`${data.running}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  await rename(`${data.running}.new`, data.running);
}

export async function removeRunning(data: DataDirectory): Promise<void> {
  await rm(data.running, { force: true });
}
