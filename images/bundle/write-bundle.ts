import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import {
  IMAGE_PARTS,
  type ImageManifest,
  type ImagePart,
  type ImagePartName,
  type Verity,
} from "../../runtime/contract/index.ts";
import { cut } from "../../runtime/transfer/cut.ts";
import { type KeyPair, signImage } from "../../runtime/trust/index.ts";
import { BLOCK_ENTRY_BYTES, encodeHeader, IMAGE_CUT } from "../../runtime/update/index.ts";

export interface BundleContents {
  readonly board: string;
  readonly version: string;
  readonly minimum?: string;
  /** ms since the epoch. */
  readonly expires?: number;
  /** With {slot} where the slot's letter belongs. */
  readonly commandLine: string;
  readonly verity: Verity;
  /** Paths of the files, by part. */
  readonly parts: { readonly [P in ImagePartName]?: string } & { readonly root: string; readonly kernel: string };
}

export interface WrittenBundle {
  /** SHA-256 of the envelope, in hex: the update's id. */
  readonly id: string;
  readonly bytes: number;
  readonly blocks: number;
  /** The envelope alone: it goes beside the image's own files. */
  readonly envelope: Uint8Array;
}

/** The window is no larger than a block: what compresses and what decompresses it need little memory. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 15, [constants.ZSTD_c_windowLog]: Math.log2(IMAGE_CUT.maximum) };
const WINDOW_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 8;
const compress = promisify(zstdCompress);

/**
 * Writes a bundle (runtime/update/bundle/header.ts draws it) to `path`, whole or not at all. The same files give the same blocks; the
 * signature of Ed25519 is always the same, that of ML-DSA is not.
 */
export async function writeBundle(
  path: string,
  contents: BundleContents,
  keys: KeyPair | readonly KeyPair[],
): Promise<WrittenBundle> {
  const body = `${path}.blocks`;
  const parts: ImagePart[] = [];
  {
    await using out = await open(body, "w+");
    const names = IMAGE_PARTS.filter((name) => contents.parts[name] !== undefined);
    for (const name of names) parts.push(await writePart(name, contents.parts[name] as string, out));
  }
  const { board, version, minimum, expires, commandLine } = contents;
  const { rootHash, salt, dataBlocks, hashOffset } = contents.verity;
  const verity = { rootHash, salt, dataBlocks, hashOffset };
  const bounds = { ...(minimum !== undefined && { minimum }), ...(expires !== undefined && { expires }) };
  const manifest: ImageManifest = { type: "image", board, version, ...bounds, commandLine, verity, parts };
  const envelope = signImage(manifest, keys);
  const beside = `${path}.new`;
  {
    await using out = await open(beside, "w");
    await using blocks = await open(body, "r");
    await out.writeFile(encodeHeader(envelope));
    for await (const piece of blocks.createReadStream({ autoClose: false })) await out.writeFile(piece as Uint8Array);
    await out.sync();
  }
  await rename(beside, path);
  await using written = await open(path, "r");
  await rm(body);
  return {
    id: createHash("sha256").update(envelope).digest("hex"),
    bytes: (await written.stat()).size,
    blocks: parts.reduce((sum, { blocks }) => sum + blocks.length / BLOCK_ENTRY_BYTES, 0),
    envelope,
  };
}

async function writePart(name: ImagePartName, path: string, out: FileHandle): Promise<ImagePart> {
  const whole = createHash("sha256");
  const seen = new Set<string>();
  const entries: Buffer[] = [];
  let size = 0;
  await using file = await open(path, "r");
  for await (const blocks of blocksOf(file)) {
    const packed = await Promise.all(
      blocks.map(async (block) => {
        whole.update(block);
        size += block.length;
        const hash = createHash("sha256").update(block).digest();
        const key = hash.toString("hex");
        if (seen.has(key)) return { hash, length: block.length, stored: undefined };
        seen.add(key);
        const small = await compress(block, { params: PARAMS, pledgedSrcSize: block.length });
        return { hash, length: block.length, stored: small.length < block.length ? small : block };
      }),
    );
    for (const { hash, length, stored } of packed) {
      const entry = Buffer.alloc(BLOCK_ENTRY_BYTES);
      hash.copy(entry);
      entry.writeUInt32LE(length, 32);
      entry.writeUInt32LE(stored?.length ?? 0, 36);
      entries.push(entry);
      if (stored) await out.writeFile(stored);
    }
  }
  return { name, size, sha256: whole.digest(), blocks: Buffer.concat(entries) };
}

/** The blocks of a file, a few at a time. */
async function* blocksOf(file: FileHandle): AsyncIterable<Buffer[]> {
  let held = Buffer.alloc(0);
  for (let isEnd = false; !isEnd; ) {
    const piece = Buffer.alloc(WINDOW_BYTES);
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    isEnd = bytesRead === 0;
    held = Buffer.concat([held, piece.subarray(0, bytesRead)]);
    // Where the last one ends depends on what follows it
    const lengths = isEnd ? cut(held, IMAGE_CUT) : cut(held, IMAGE_CUT).slice(0, -1);
    let at = 0;
    const blocks = lengths.map((length) => {
      at += length;
      return held.subarray(at - length, at);
    });
    for (let i = 0; i < blocks.length; i += AT_ONCE) yield blocks.slice(i, i + AT_ONCE);
    held = held.subarray(at);
  }
}
