import { open } from "node:fs/promises";
import { StepppsError } from "../../contract/index.ts";
import type { ByteSource } from "./byte-source.ts";

const PIECE_BYTES = 256 * 1024;

/** A bundle on a disk of this machine: a USB stick, the boot partition. Throws E_UPDATE_SOURCE. */
export async function fileSource(path: string): Promise<ByteSource> {
  const file = await open(path, "r").catch((cause: Error) => {
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
