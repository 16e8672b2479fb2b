import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { copyClosedJournal } from "../../boot/backup/copy-journal.ts";
import { MIN_PASSPHRASE } from "../../boot/backup/seal.ts";
import { writeBackup } from "../../boot/backup/write-backup.ts";
import { dataPaths } from "../../boot/data-paths.ts";
import { loadDocument } from "../../boot/load-document.ts";
import { asStepppsError, StepppsError } from "../../contract/errors/index.ts";
import { linuxFiles } from "../../platform/index.ts";
import { askSecret } from "../ask-secret.ts";
import type { Invocation } from "../command.ts";
import { connectDevice } from "../device/client.ts";
import { findRunning } from "../device/running.ts";
import { formatBytes } from "../format.ts";
import { readVersion } from "../version.ts";

interface Options {
  readonly identity?: boolean;
  /** --no-history */
  readonly history: boolean;
}

/** One file with everything that makes the device of this data directory, whether it runs or not. */
export async function run(invocation: Invocation<Options>) {
  const { args, options, out, env, cwd, data } = invocation;
  const [name = ""] = args;
  const file = resolve(cwd, name);
  const passphrase = options.identity
    ? await askSecret("passphrase for the backup", { env, variable: "STEPPPS_PASSPHRASE", twice: true })
    : undefined;
  if (passphrase !== undefined && passphrase.length < MIN_PASSPHRASE) throw new StepppsError("E_BACKUP_NO_PASSPHRASE");
  const journal = await copyOfJournal(data);
  try {
    const { document } = await loadDocument(dataPaths(data), linuxFiles());
    const manifest = await writeBackup({
      data,
      journal,
      document,
      version: readVersion(),
      history: options.history,
      time: Date.now(),
      file,
      ...(passphrase !== undefined && { passphrase }),
    });
    const bytes = manifest.files.reduce((sum, entry) => sum + entry.bytes, 0);
    if (passphrase === undefined && hasSecrets(document))
      out.note("The device document is in it, with its passwords: keep the file where only you can read it.");
    out.result({ file, bytes, ...manifest }, () => `${file}\n${manifest.files.length} files, ${formatBytes(bytes)}`);
  } finally {
    await rm(journal, { force: true });
  }
  return undefined;
}

/** From the supervisor while it runs, which then writes it between its own commits; otherwise read here. */
async function copyOfJournal(data: string): Promise<string> {
  const running = runningOf(data);
  if (!running) return copyClosedJournal(dataPaths(data));
  // A large journal takes its time.
  const device = await connectDevice({ broker: running.mqttUrl, device: running.device, timeout: 600_000 });
  try {
    const { copy } = (await device.ask("backup")) as { copy: string };
    return copy;
  } finally {
    await device.close();
  }
}

function runningOf(data: string) {
  try {
    return findRunning(data);
  } catch (error) {
    if (asStepppsError(error, "E_CLI_UNEXPECTED").code === "E_CLI_NO_DEVICE") return undefined;
    throw error;
  }
}

function hasSecrets(document: object): boolean {
  return /"password"/.test(JSON.stringify(document));
}
