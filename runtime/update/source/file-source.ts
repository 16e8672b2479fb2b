import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { StepppsError } from "../../contract/index.ts";
import type { ByteSource } from "./byte-source.ts";

const PIECE_BYTES = 256 * 1024;

/** On a disk that somebody brings a name may be a link to somewhere else, or a pipe, which would wait for its writer. */
const MODE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A bundle on a disk of this machine: a USB stick, the boot partition. Throws E_UPDATE_SOURCE. */
export async function fileSource(path: string): Promise<ByteSource> {
  const file = await openFile(path).catch((cause: Error) => {
    throw new StepppsError("E_UPDATE_SOURCE", cause.message, { cause });
  });
  return {
    async *read(at, length, signal) {
      for (let done = 0; done < length; ) {
        signal?.throwIfAborted();
        const piece = Buffer.alloc(Math.min(PIECE_BYTES, length - done));
        const { bytesRead } = await file.read(piece, 0, piece.length, at + done).catch((cause: Error) => {
          throw new StepppsError("E_UPDATE_SOURCE", cause.message, { cause });
        });
        if (bytesRead === 0) throw new StepppsError("E_IMAGE", `the file ends at byte ${at + done}`);
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    },
    close: () => file.close(),
  };
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, MODE);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is no file`);
}
