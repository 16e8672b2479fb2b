import { readFileSync } from "node:fs";
import { readdir, readFile, statfs } from "node:fs/promises";

/** What readings are made from. A file or folder that is not there is undefined or empty, never an error: machines differ. */
export interface Probe {
  /** Text of a file of /proc or /sys. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** Bytes of the file system that holds `path`. */
  space(path: string): Promise<{ readonly total: number; readonly free: number } | undefined>;
}

export function systemProbe(): Probe {
  return {
    // /proc is memory: a thread to read it costs more than reading it. A sensor behind /sys may take its time.
    read: async (path) => (path.startsWith("/proc/") ? readNow(path) : readFile(path, "utf8").catch(() => undefined)),
    list: async (path) => (await readdir(path).catch(() => [])).sort(),
    space: async (path) => {
      const found = await statfs(path).catch(() => undefined);
      // bavail, not bfree: what root keeps for itself is not there for us.
      return found && { total: found.blocks * found.bsize, free: found.bavail * found.bsize };
    },
  };
}

function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
