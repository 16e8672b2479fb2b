import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { type ImagePart, StepppsError } from "../../contract/index.ts";

const PIECE_BYTES = 1024 * 1024;

/** Throws E_IMAGE_READ_BACK unless the disk itself, not what the kernel remembers of it, holds the part. */
export async function readBack(path: string, part: ImagePart, signal?: AbortSignal): Promise<void> {
  await using file = await open(path, "r");
  if ((await file.stat()).isBlockDevice()) await promisify(execFile)("/bin/busybox", ["blockdev", "--flushbufs", path]);
  const hash = createHash("sha256");
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let at = 0; at < part.size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, part.size - at), at).catch((cause: Error) => {
      throw new StepppsError("E_IMAGE_READ_BACK", `${path}: ${cause.message}`, { cause });
    });
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  if (!hash.digest().equals(part.sha256)) throw new StepppsError("E_IMAGE_READ_BACK", path);
}
