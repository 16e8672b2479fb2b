import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";

/** A file system of somebody else's, mounted where only we see it. */
export interface MountedStick {
  /** Its top folder. */
  readonly path: string;
  /** Takes it off. */
  close(): void;
}

export interface StickPlaces {
  /** A command that gets device, file system, options and mount point, and holds the mount until its input ends. */
  readonly hold: readonly string[];
  /** An empty folder. */
  readonly mountPoint: string;
}

const SAFE = "ro,nosuid,nodev,noexec";
/**
 * By what a stick may hold. Each is told what to do about a damaged file system, as the medium itself could ask for a panic; ext4
 * not to play its journal back, which would write.
 */
const OPTIONS = {
  vfat: `${SAFE},umask=0077,utf8,errors=continue`,
  exfat: `${SAFE},umask=0077,errors=continue`,
  ext4: `${SAFE},noload,errors=continue`,
} as const;
export type StickFileSystem = keyof typeof OPTIONS;

const LIMIT_MS = 30_000;
const HEAD_BYTES = 2048;

/** Mounts what a block device holds; undefined where that is none of the file systems that sticks have, or can't be mounted. */
export async function mountStick(device: string, { hold, mountPoint }: StickPlaces): Promise<MountedStick | undefined> {
  const type = await fileSystemOn(device).catch(() => undefined);
  if (!type) return undefined;
  const [program = "", ...args] = hold;
  // A mount namespace lasts as long as somebody is in it: this process, which ends with its input, and so with us.
  const holder = spawn(program, [...args, device, type, OPTIONS[type], mountPoint], { stdio: ["pipe", "pipe", "ignore"] });
  holder.stdin.on("error", () => {});
  if (!(await isMounted(holder))) return undefined;
  return { path: `/proc/${holder.pid}/root${mountPoint}`, close: () => holder.stdin.end() };
}

/** It says one line when it has mounted, and ends where it can't. */
async function isMounted(holder: ChildProcess): Promise<boolean> {
  const limit = setTimeout(() => holder.kill("SIGKILL"), LIMIT_MS);
  try {
    const ended = new Promise<false>((resolve) => {
      holder.once("error", () => resolve(false));
      holder.once("close", () => resolve(false));
    });
    return await Promise.race([once(holder.stdout as NodeJS.ReadableStream, "data").then(() => true), ended]);
  } finally {
    clearTimeout(limit);
  }
}

/** What the first blocks say. */
async function fileSystemOn(device: string): Promise<StickFileSystem | undefined> {
  await using file = await open(device, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  if (bytesRead < HEAD_BYTES) return undefined;
  const word = (at: number, length: number) => buffer.toString("latin1", at, at + length);
  if (word(3, 8) === "EXFAT   ") return "exfat"; // [exFAT specification, 3.1.2]
  if (buffer.readUInt16LE(1024 + 56) === 0xef53) return "ext4"; // [ext4 data structures, s_magic]
  const isFat = word(54, 3) === "FAT" || word(82, 5) === "FAT32"; // [FAT specification, BS_FilSysType]
  return isFat && buffer.readUInt16LE(510) === 0xaa55 ? "vfat" : undefined;
}
