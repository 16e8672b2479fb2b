import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Files } from "../files.ts";

export function linuxFiles(): Files {
  return { read, write, makePrivate, list, remove };
}

async function read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  return attempt(path, async () => {
    await using file = await open(path, "r").catch(unlessAbsent);
    if (!file) return undefined;
    // One byte more than allowed tells a file that grows, or a device, from one that fits.
    const buffer = new Uint8Array(Math.min((await file.stat()).size, maxBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw new StepppsError("E_FILE_TOO_LARGE", `${path} has more than ${length - 1} bytes`);
  });
}

/** The new content is on the disk under another name before the rename, and the rename before this resolves. */
async function write(path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString("hex")}.new`;
  await attempt(path, async () => {
    try {
      await using file = await open(beside, "wx", 0o600);
      await file.writeFile(content);
      await file.sync();
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  });
}

async function makePrivate(path: string): Promise<void> {
  await attempt(path, async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  });
}

async function list(path: string): Promise<string[]> {
  return attempt(path, async () => ((await readdir(path).catch(unlessAbsent)) ?? []).sort());
}

async function remove(path: string): Promise<void> {
  await attempt(path, () => rm(path, { force: true }));
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StepppsError) throw error;
    const { code = "", message } = error as NodeJS.ErrnoException;
    const full = code === "ENOSPC" || code === "EDQUOT";
    throw new StepppsError(full ? "E_DISK_FULL" : "E_FILE", full ? path : message, { cause: error });
  }
}
