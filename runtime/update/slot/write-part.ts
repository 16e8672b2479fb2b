import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Faults, StepppsError } from "../../contract/index.ts";
import type { Block } from "../bundle/blocks.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { fetchBlocks } from "./fetch-blocks.ts";
import type { KnownBlock } from "./known-blocks.ts";
import { rangesOf } from "./ranges.ts";

export interface PartTarget {
  /** A partition, or a file that is made where it is missing. */
  readonly path: string;
  readonly blocks: readonly Block[];
}

export interface PartPorts {
  readonly source: ByteSource;
  readonly known: ReadonlyMap<string, KnownBlock>;
  readonly faults: Faults;
  readonly signal?: AbortSignal;
  /** Told of each block that is in place; `fetched`: bytes of the bundle that it took. */
  done(block: Block, fetched: number): void;
}

/** Dirty pages are bounded: a card that is slow to write must not hold everything else of the device. */
const SYNC_BYTES = 8 * 1024 * 1024;

/**
 * Brings a part into place, each block from the nearest place that has it: the target itself (an update that was cut short goes on by
 * that), the slot at work, the bundle. Whatever is there afterwards is on the disk, and is still to be read back. Throws as the source
 * does, E_IMAGE_BLOCK, E_DISK_FULL, E_FILE.
 */
export async function writePart({ path, blocks }: PartTarget, ports: PartPorts): Promise<void> {
  const { source, known, faults, signal, done } = ports;
  await using target = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  await using sources = new Sources();
  let unsynced = 0;
  const put = async (block: Block, bytes: Uint8Array, fetched: number) => {
    await writeFully(target, bytes, block.at);
    unsynced += bytes.length;
    if (unsynced >= SYNC_BYTES) {
      await target.datasync();
      unsynced = 0;
    }
    faults.pass("update:after-block");
    done(block, fetched);
  };

  const missing: Block[] = [];
  const repeats: Block[] = [];
  const buffer = Buffer.alloc(Math.max(...blocks.map(({ length }) => length)));
  for (const block of blocks) {
    signal?.throwIfAborted();
    const bytes = buffer.subarray(0, block.length);
    if (await holds(target, block.at, block, bytes)) {
      done(block, 0);
      continue;
    }
    const place = known.get(block.hash);
    if (place && (await holds(await sources.open(place.file), place.at, block, bytes))) await put(block, bytes, 0);
    else if (block.stored === 0) repeats.push(block);
    else missing.push(block);
  }
  for (const range of rangesOf(missing)) {
    for await (const { block, bytes } of fetchBlocks(source, range, signal)) {
      if (hashOf(bytes) !== block.hash || bytes.length !== block.length) {
        throw new StepppsError("E_IMAGE_BLOCK", `at byte ${block.storedAt} of the bundle`);
      }
      await put(block, bytes, block.stored);
    }
  }
  const first = new Map(blocks.filter(({ stored }) => stored > 0).map((block) => [block.hash, block]));
  for (const block of repeats) {
    const bytes = buffer.subarray(0, block.length);
    const at = first.get(block.hash)?.at ?? 0;
    if (!(await holds(target, at, block, bytes))) throw new StepppsError("E_IMAGE_READ_BACK", `${path} at byte ${at}`);
    await put(block, bytes, 0);
  }
  await target.sync();
}

/** Files of the slot at work, each opened once. One that can't be opened holds nothing. */
class Sources implements AsyncDisposable {
  readonly #open = new Map<string, Promise<FileHandle | undefined>>();

  open(path: string): Promise<FileHandle | undefined> {
    const file = this.#open.get(path) ?? open(path, "r").catch(() => undefined);
    this.#open.set(path, file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open.values()) await (await file)?.close();
  }
}

/** Whether the block is there; `bytes` has it then. */
async function holds(file: FileHandle | undefined, at: number, { hash }: Block, bytes: Buffer): Promise<boolean> {
  if (!file) return false;
  // A place that can't be read has nothing to offer: writing it may mend it, and reading back decides
  const result = await file.read(bytes, 0, bytes.length, at).catch(() => undefined);
  return result?.bytesRead === bytes.length && hashOf(bytes) === hash;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
