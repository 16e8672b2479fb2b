import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { asStepppsError, StepppsError } from "../../contract/errors/index.ts";
import { pageMemory } from "./page-memory.ts";

export interface MediumOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are on the medium, or were read back. */
  progress?(bytes: number): void;
}

const PIECE = 4 * 1024 * 1024;
/** Written last: a partition table is there when everything that it names is. */
const HEAD = 1024 * 1024;
/** At the end, where a partition table of before has its copy. */
const TAIL = 1024 * 1024;
/** Written out now and then, so that progress is that of the medium and not of the memory in front of it. */
const SYNC_EVERY = 32 * 1024 * 1024;

/** A whole disk, or a file in place of one, that is ours alone while it is open. */
export class Medium {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Throws E_MEDIUM_BUSY while anything of it is mounted, E_MEDIUM_DENIED, E_MEDIUM_UNKNOWN, E_MEDIUM_WRITE. */
  static async open(path: string): Promise<Medium> {
    // A block device that is opened like this can't be mounted, and one that is mounted can't be opened [open(2), O_EXCL].
    const file = await open(path, constants.O_RDWR | constants.O_EXCL).catch((cause: NodeJS.ErrnoException) => {
      throw new StepppsError(OPENING[cause.code ?? ""] ?? "E_MEDIUM_WRITE", cause.code === "EACCES" ? path : cause.message, {
        cause,
      });
    });
    return new Medium(path, file);
  }

  /**
   * Writes `content` from the beginning on, which is on the medium when this resolves; `size` is the medium's own. Cut short anywhere,
   * it leaves no partition table. Returns how many bytes it was. Throws E_MEDIUM_WRITE, and what `content` throws.
   */
  async write(content: AsyncIterable<Uint8Array>, size: number, options: MediumOptions = {}): Promise<number> {
    const head: Uint8Array[] = [];
    await this.erase(size);
    const written = await this.#copy(content, 0, options, (piece, at) => {
      const held = Math.max(0, Math.min(piece.length, HEAD - at));
      if (held > 0) head.push(piece.subarray(0, held));
      return held;
    });
    await this.writeAt(Buffer.concat(head), 0);
    return written;
  }

  /** The same at `position`, without regard to partition tables. Throws E_MEDIUM_WRITE, and what `content` throws. */
  copy(content: AsyncIterable<Uint8Array>, position: number, options: MediumOptions = {}): Promise<number> {
    return this.#copy(content, position, options, () => 0);
  }

  /** Takes away both copies of a partition table. Throws E_MEDIUM_WRITE. */
  async erase(size: number): Promise<void> {
    await this.#put(Buffer.alloc(Math.min(HEAD, size)), 0);
    await this.#put(Buffer.alloc(Math.min(TAIL, size)), size - Math.min(TAIL, size));
    await this.#sync();
  }

  /** `bytes` at `position`, on the medium when this resolves. Throws E_MEDIUM_WRITE. */
  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    await this.#put(bytes, position);
    await this.#sync();
  }

  /** The SHA-256 of `bytes` from `position` on, read from the medium itself. Throws E_MEDIUM_VERIFY where it can't be read. */
  async readBack(bytes: number, position = 0, { signal, progress }: MediumOptions = {}): Promise<string> {
    const hash = createHash("sha256");
    let done = 0;
    try {
      for await (const piece of readDirectly(this.path, position, bytes)) {
        signal?.throwIfAborted();
        hash.update(piece);
        done += piece.length;
        progress?.(done);
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw new StepppsError("E_MEDIUM_VERIFY", (cause as Error).message, { cause });
    }
    return hash.digest("hex");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }

  /** `skip`: how many bytes of a piece are not to be written. */
  async #copy(
    content: AsyncIterable<Uint8Array>,
    position: number,
    { signal, progress }: MediumOptions,
    skip: (piece: Uint8Array, at: number) => number,
  ): Promise<number> {
    let [bytes, synced] = [0, 0];
    for await (const piece of inPieces(content, PIECE)) {
      signal?.throwIfAborted();
      const skipped = skip(piece, bytes);
      if (skipped < piece.length) await this.#put(piece.subarray(skipped), position + bytes + skipped);
      bytes += piece.length;
      if (bytes - synced < SYNC_EVERY) continue;
      await this.#sync();
      synced = bytes;
      progress?.(bytes);
    }
    await this.#sync();
    progress?.(bytes);
    return bytes;
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done).catch(failed);
      done += bytesWritten;
    }
  }

  async #sync(): Promise<void> {
    await this.#file.datasync().catch(failed);
  }
}

const OPENING: Readonly<Record<string, "E_MEDIUM_BUSY" | "E_MEDIUM_DENIED" | "E_MEDIUM_UNKNOWN" | "E_MEDIUM_READ_ONLY">> = {
  EBUSY: "E_MEDIUM_BUSY",
  EACCES: "E_MEDIUM_DENIED",
  EPERM: "E_MEDIUM_DENIED",
  ENOENT: "E_MEDIUM_UNKNOWN",
  EROFS: "E_MEDIUM_READ_ONLY",
};

function failed(cause: unknown): never {
  throw asStepppsError(cause, "E_MEDIUM_WRITE");
}

/**
 * `bytes` of a disk from `position` on, which is a whole number of its sectors: as they are on the medium, and not in the memory in
 * front of it. A piece holds until the next is asked for. Throws where it ends before.
 */
export async function* readDirectly(path: string, position: number, bytes: number): AsyncGenerator<Uint8Array> {
  await using file = await openDirect(path);
  const buffer = pageMemory(PIECE);
  for (let done = 0; done < bytes; ) {
    const wanted = Math.min(PIECE, bytes - done);
    for (let filled = 0; filled < wanted; ) {
      // A whole piece is asked for, even where less is wanted: O_DIRECT reads whole sectors
      const { bytesRead } = await file.read(buffer, filled, PIECE - filled, position + done + filled);
      if (bytesRead === 0) throw new Error(`${path} ends at byte ${position + done + filled}`);
      filled += bytesRead;
    }
    yield buffer.subarray(0, wanted);
    done += wanted;
  }
}

/** Past the page cache; through it where the file system knows no such thing, as those in memory. */
async function openDirect(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_DIRECT } = constants;
  return open(path, O_RDONLY | O_DIRECT).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EINVAL") throw error;
    return open(path, O_RDONLY);
  });
}

/** The same bytes in pieces of `size`, the last of which may be shorter. */
async function* inPieces(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (let bytes of content) {
    while (bytes.length > 0) {
      const taken = Math.min(bytes.length, size - filled);
      piece.set(bytes.subarray(0, taken), filled);
      filled += taken;
      bytes = bytes.subarray(taken);
      if (filled < size) continue;
      yield piece;
      piece = Buffer.allocUnsafe(size); // the one before may still be held
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
