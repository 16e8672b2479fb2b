import { createWriteStream } from "node:fs";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createTarPacker } from "modern-tar";
import { entriesOf } from "../steps/entries.ts";

/**
 * Writes a folder's content as a tar that depends on nothing but names, modes and content: in order of names, owned by root, all
 * of one time (seconds since the epoch).
 */
export async function tarOfFolder(folder: string, file: string, time: number): Promise<void> {
  const { readable, controller } = createTarPacker();
  const written = pipeline(Readable.fromWeb(readable as never), createWriteStream(file));
  const common = { mtime: new Date(time * 1000), uid: 0, gid: 0, uname: "root", gname: "root" };
  // Of the folder itself too: without it a file system made of the tar has a root that everybody may write to.
  for (const path of [".", ...(await entriesOf(folder)).map((entry) => entry.path)]) {
    const from = join(folder, path);
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
