import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFat } from "../qemu/fat.ts";
import type { Toolset } from "../toolset/toolset.ts";
import type { ImageFile } from "./image-file.ts";

const ZEROS = Buffer.alloc(1 << 20);

/**
 * The same image with `document` for its steppps.yaml. The document may have passwords in it: the copy is for its maker alone, and gone
 * when it is disposed of.
 */
export async function withDocument(
  image: ImageFile,
  document: string | undefined,
  tools: Toolset,
): Promise<ImageFile & AsyncDisposable> {
  if (document === undefined) return { ...image, [Symbol.asyncDispose]: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "steppps-flash-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "disk.img");
    await copySparsely(image, copy);
    await (await openFat(copy, folder, tools)).writeText("steppps.yaml", document);
    const content = () => createReadStream(copy, { highWaterMark: 1 << 20 });
    return { ...image, content, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function copySparsely({ size, content }: ImageFile, to: string): Promise<void> {
  await using file = await open(to, "wx", 0o600);
  await file.truncate(size);
  let at = 0;
  for await (const piece of content()) {
    const isEmpty = piece.length <= ZEROS.length && ZEROS.subarray(0, piece.length).equals(piece);
    if (!isEmpty) await file.write(piece, 0, piece.length, at);
    at += piece.length;
  }
}
