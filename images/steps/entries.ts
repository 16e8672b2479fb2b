import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";

export interface FolderEntry {
  /** From the folder. */
  readonly path: string;
  readonly entry: Dirent;
}

/** Everything below a folder, in order of paths. Links are named, not followed: readdir follows them unless it is asked for types. */
export async function entriesOf(folder: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.map((entry) => ({ path: relative(folder, join(entry.parentPath, entry.name)), entry }));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
