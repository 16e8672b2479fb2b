import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type TarOptions, tarOfFolder } from "../formats/tar.ts";
import { fileHash } from "../steps/file-hash.ts";
import type { Blobs, Descriptor } from "./blobs.ts";

export interface Layer {
  readonly descriptor: Descriptor;
  /** Of the tar within. */
  readonly diffId: string;
  /** What people read of it in the image's history. */
  readonly says: string;
}

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/** The part of `root` that `options` take, as a layer [image-spec, layer.md]. */
export async function writeLayer(
  root: string,
  says: string,
  options: TarOptions,
  { blobs, work, time }: { readonly blobs: Blobs; readonly work: string; readonly time: number },
): Promise<Layer> {
  const tar = join(work, "layer.tar");
  await tarOfFolder(root, tar, time, options);
  const diffId = `sha256:${await fileHash(tar)}`;
  const packed = `${tar}.gz`;
  await pipeline(createReadStream(tar), createGzip({ level: 9 }), createWriteStream(packed));
  await rm(tar);
  return { descriptor: await blobs.file(LAYER, packed), diffId, says };
}
