import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { StepppsError } from "../../../contract/index.ts";
import type { SignedLayer } from "../../../trust/index.ts";
import type { ByteSource } from "../../../update/index.ts";
import { encodeLayerHead, type LayerHead } from "./layer-file.ts";

/** The data partition is never filled to the brim: the journal needs some. */
const RESERVE_BYTES = 16 * 1024 * 1024;

export interface FetchOptions {
  readonly source: Pick<ByteSource, "read">;
  readonly head: LayerHead;
  readonly layer: SignedLayer;
  /** Where it is to lie. It appears whole or not at all. */
  readonly file: string;
  readonly signal: AbortSignal;
  onBytes(fetched: number): void;
}

/**
 * Brings a layer's file: what is on the disk afterwards was compared with its signed SHA-256. Throws E_DISK_FULL, E_LAYER_CONTENT, and
 * E_UPDATE_* as the source does.
 */
export async function fetchLayer({ source, head, layer, file, signal, onBytes }: FetchOptions): Promise<void> {
  const { name, size, sha256 } = layer.manifest;
  const { bavail, bsize } = await statfs(dirname(file));
  const needed = head.bodyAt + size + RESERVE_BYTES;
  if (needed > bavail * bsize) throw new StepppsError("E_DISK_FULL", `${name} needs ${needed} bytes, ${bavail * bsize} are free`);
  const part = `${file.replace(/\.layer$/, "")}.part.layer`;
  try {
    await using out = await open(part, "w", 0o600);
    await write(out, encodeLayerHead(head.envelope));
    const hash = createHash("sha256");
    let fetched = 0;
    for await (const piece of source.read(head.bodyAt, size, signal)) {
      hash.update(piece);
      await write(out, piece);
      fetched += piece.length;
      onBytes(fetched);
    }
    if (!hash.digest().equals(sha256)) throw new StepppsError("E_LAYER_CONTENT", name);
    await out.sync();
    await rename(part, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function write(out: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await out.write(bytes, at).catch((cause: NodeJS.ErrnoException) => {
      throw new StepppsError(cause.code === "ENOSPC" ? "E_DISK_FULL" : "E_FILE", cause.message, { cause });
    });
    at += bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
