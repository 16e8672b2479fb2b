import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { asStepppsError, StepppsError } from "../../contract/errors/index.ts";
import type { BootStep, BootVolume } from "../boot-control/volume.ts";
import { linuxFiles } from "./files.ts";

export interface BootVolumeOptions {
  /** Where the boot partition is mounted. */
  readonly path: string;
  /** It is mounted read-only and remounted to change it; false where it is a plain folder. */
  readonly remount: boolean;
  /** efivarfs, where the firmware keeps the slots. */
  readonly variables?: string;
}

const MAX_BYTES = 64 * 1024;
/** NVIDIA's vendor GUID of public variables. */
const VENDOR = "781e084c-a330-417c-b678-38e696380cb9";
/** Non-volatile, for boot services and the running system [UEFI 2.10, 8.2]. */
const ATTRIBUTES = 7;
/** The device's own; a plain folder needs none. */
/** [kernel.org, sysctl/vm]; 1: pages of files that are on the disk. */
const DROP_CACHES = "/proc/sys/vm/drop_caches";
const BUSYBOX = "/bin/busybox";
const run = promisify(execFile);

/** The boot partition of this machine; one change at a time. */
export function linuxBootVolume({ path: root, remount, variables }: BootVolumeOptions): BootVolume {
  const files = linuxFiles();
  const at = (path: string) => join(root, path);
  let turn: Promise<unknown> = Promise.resolve();
  const writable = async (use: () => Promise<void>) => {
    if (!remount) return use();
    await run(BUSYBOX, ["mount", "-o", "remount,rw", root]);
    try {
      await use();
    } finally {
      // What can't be made read-only again stays as it is until the next start; the change itself is on the disk
      await run(BUSYBOX, ["mount", "-o", "remount,ro", root]).catch(() => {});
    }
  };
  return {
    read: (path) => files.read(at(path), MAX_BYTES),
    list: async (folder) => (await files.list(at(folder))).filter((name) => !name.endsWith(NEW)),
    size: async (path) => (await stat(at(path)).catch(() => undefined))?.size ?? 0,
    async free() {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
    async variable(name) {
      if (!variables) return undefined;
      const bytes = await readFile(join(variables, `${name}-${VENDOR}`)).catch(() => undefined);
      return bytes?.length === 8 ? bytes.readUInt32LE(4) : undefined;
    },
    path: at,
    async measure(path) {
      const hash = createHash("sha256");
      let size = 0;
      try {
        for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
          hash.update(piece);
          size += piece.length;
        }
      } catch (error) {
        throw asFileError(error);
      }
      return { size, sha256: hash.digest("hex") };
    },
    change(steps) {
      if (steps.length === 0) return Promise.resolve();
      const mine = turn.then(() =>
        writable(async () => {
          await removeUnfinished(root);
          for (const step of steps) await take(step, at, variables);
          // What was copied is read from the card from now on, not from what the kernel remembers of it
          if (remount && steps.some((step) => step.do === "copy")) await writeFile(DROP_CACHES, "1").catch(() => {});
        }).catch((error: unknown) => {
          throw asFileError(error);
        }),
      );
      turn = mine.catch(() => {});
      return mine;
    },
  };
}

const NEW = ".new";

async function take(step: BootStep, at: (path: string) => string, variables: string | undefined): Promise<void> {
  if (step.do === "variable") {
    if (!variables) throw new StepppsError("E_BOOT_CONTROL", "this machine has no UEFI variables");
    return setVariable(join(variables, `${step.name}-${VENDOR}`), step.value);
  }
  const path = at(step.path);
  // FAT frees what a file had once nobody has it open any more: not before the folder's entry that names it is gone from the card
  await using _old = await open(path, "r").catch(() => undefined);
  if (step.do === "remove") {
    await rm(path, { force: true });
    return sync(dirname(path));
  }
  const from = step.do === "rename" ? at(step.from) : path + NEW;
  if (step.do !== "rename") {
    await mkdir(dirname(path), { recursive: true });
    if (step.do === "write") await writeFile(from, step.content);
    else await copyFile(step.from, from, constants.COPYFILE_FICLONE);
    await sync(from);
  }
  await rename(from, path);
  // The old name goes first: of two that name the same clusters, the one that is removed later would take them from the other.
  await sync(dirname(path));
  // FAT writes where a renamed file's content lies with the file, and not with its folder.
  await sync(path);
}

/**
 * Before anything is written: where the power went, a file may have a name already and its clusters still be free, which the next file
 * would get as well.
 */
async function removeUnfinished(root: string): Promise<void> {
  for (const name of await readdir(root, { recursive: true }))
    if (name.endsWith(NEW)) await rm(join(root, name), { force: true });
}

/** efivarfs keeps its files from being changed by mistake: the mark is taken off first [kernel.org, efivarfs]. */
async function setVariable(path: string, value: number): Promise<void> {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(ATTRIBUTES, 0);
  bytes.writeUInt32LE(value, 4);
  if (await readFile(path).catch(() => undefined)) await run(BUSYBOX, ["chattr", "-i", path]).catch(() => {});
  await writeFile(path, bytes);
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}

function asFileError(error: unknown): StepppsError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") return new StepppsError("E_DISK_FULL", message, { cause: error });
  return asStepppsError(error, "E_FILE");
}
