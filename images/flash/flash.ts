import { createHash, type Hash } from "node:crypto";
import { StepppsError } from "../../runtime/contract/index.ts";
import { type Disk, Medium } from "../../runtime/platform/index.ts";
import type { ImageFile } from "./image-file.ts";

export interface FlashOptions {
  readonly signal: AbortSignal;
  /** "writing" or "reading back", and how many bytes that is done for. */
  progress(step: string, bytes: number): void;
}

/**
 * Writes an image to a disk that was checked, and reads it back from there. Throws E_MEDIUM_BUSY, E_MEDIUM_DENIED, E_MEDIUM_WRITE,
 * E_MEDIUM_VERIFY, E_MEDIUM_IMAGE.
 */
export async function flash(image: ImageFile, disk: Pick<Disk, "path" | "size">, options: FlashOptions): Promise<void> {
  const { signal, progress } = options;
  await using medium = await Medium.open(disk.path);
  const during = (step: string) => ({ signal, progress: (bytes: number) => progress(step, bytes) });
  const hash = createHash("sha256");
  const bytes = await medium.write(through(hash, image.content()), disk.size, during("writing"));
  if (bytes !== image.size)
    throw new StepppsError("E_MEDIUM_IMAGE", `${image.name} has ${bytes} bytes in place of ${image.size}`);
  const found = await medium.readBack(bytes, 0, during("reading back"));
  const written = hash.digest("hex");
  if (found !== written) throw new StepppsError("E_MEDIUM_VERIFY", `SHA-256 ${found}, written was ${written}`);
}

async function* through(hash: Hash, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
}
