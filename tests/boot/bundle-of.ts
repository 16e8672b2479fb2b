import { join } from "node:path";
import { writeBundle } from "../../images/bundle/write-bundle.ts";
import type { SlotContents } from "../../images/disk/slot.ts";
import { loadKeys } from "../../runtime/trust/index.ts";

/** Writes the signed bundle of a version, as `npm run image -- --sign` does; returns its path. */
export async function bundleOf(contents: SlotContents, version: string, folder: string, keys: string): Promise<string> {
  const { board, commandLine, root, files } = contents;
  const path = join(folder, `${version}.bundle`);
  const parts = { root: root.file, ...files };
  await writeBundle(path, { board: board.name, version, commandLine, verity: root, parts }, loadKeys(keys));
  return path;
}
