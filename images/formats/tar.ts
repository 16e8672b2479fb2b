import { createWriteStream } from "node:fs";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createTarPacker } from "modern-tar";
import { entriesOf } from "../steps/entries.ts";

export interface TarOptions {
  /** Of paths below the folder, and of the folder itself, which is "."; all where absent. */
  readonly takes?: (path: string) => boolean;
  /** User and group, by number; root where absent. */
  readonly owner?: (path: string) => number;
}

/**
 * Writes a folder's content as a tar that depends on nothing but names, modes and content: in order of names, owned by root, all
 * of one time (seconds since the epoch).
 */
export async function tarOfFolder(folder: string, file: string, time: number, options: TarOptions = {}): Promise<void> {
  const { takes = () => true, owner = () => 0 } = options;
  const { readable, controller } = createTarPacker();
  const written = pipeline(Readable.fromWeb(readable as never), createWriteStream(file));
  const mtime = new Date(time * 1000);
  // Of the folder itself too: without it a file system made of the tar has a root that everybody may write to.
  for (const path of [".", ...(await entriesOf(folder)).map((entry) => entry.path)].filter(takes)) {
    const from = join(folder, path);
    const id = owner(path);
    const common = { mtime, uid: id, gid: id, ...(id === 0 && { uname: "root", gname: "root" }) };
    const stat = await lstat(from);
    const mode = stat.mode & 0o7777;
    const content = stat.isFile() ? await readFile(from) : undefined;
    const kind = stat.isDirectory()
      ? { name: `${path}/`, type: "directory" as const, size: 0 }
      : stat.isSymbolicLink()
        ? { name: path, type: "symlink" as const, size: 0, linkname: await readlink(from) }
        : { name: path, type: "file" as const, size: content?.length ?? 0 };
    const writer = controller.add({ ...common, mode: stat.isSymbolicLink() ? 0o777 : mode, ...kind }).getWriter();
    if (content && content.length > 0) await writer.write(content);
    await writer.close();
  }
  controller.finalize();
  await written;
}
