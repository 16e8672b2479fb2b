import { createHash } from "node:crypto";
import { join } from "node:path";
import { entriesOf } from "./entries.ts";
import { fileHash } from "./file-hash.ts";

/** Names and content of all files below a folder. */
export async function folderHash(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const { path, entry } of await entriesOf(folder))
    if (entry.isFile()) hash.update(`${path}\0${await fileHash(join(folder, path))}\0`);
  return hash.digest("hex");
}
