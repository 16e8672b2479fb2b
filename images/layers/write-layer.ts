import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { encodeLayerHead } from "../../runtime/boot/device/layer/layer-file.ts";
import { StepppsError } from "../../runtime/contract/index.ts";
import { type KeyPair, signLayer } from "../../runtime/trust/index.ts";
import type { Lock } from "../lock/schema.ts";
import type { Architecture } from "../rootfs/architecture.ts";
import { rootImage } from "../rootfs/erofs.ts";
import { fileHash } from "../steps/file-hash.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { layerFolder } from "./layer-folder.ts";
import type { Layer } from "./layers.ts";

export interface WrittenLayer {
  /** Bytes of file system and hash tree. */
  readonly size: number;
  readonly rootHash: string;
}

/** Writes a signed layer to `file`. The same bytes each time but for the ML-DSA signature, which is randomised. */
export async function writeLayer(
  layer: Layer,
  { arch, version, file }: { readonly arch: Architecture; readonly version: string; readonly file: string },
  keys: KeyPair | readonly KeyPair[],
  lock: Lock,
  tools: Toolset,
  places: ImagePlaces,
): Promise<WrittenLayer> {
  const { name, maxBytes, health } = layer;
  const folder = await layerFolder(layer, arch, lock, tools, places);
  const { file: body, size, rootHash, salt, dataBlocks, hashOffset } = await rootImage(folder, lock.time, "zstd", tools, places);
  if (size > maxBytes) throw new StepppsError("E_LAYER", `${name} has ${size} bytes, and is to have ${maxBytes} at most`);
  const verity = { rootHash, salt, dataBlocks, hashOffset };
  const sha256 = Buffer.from(await fileHash(body), "hex");
  const manifest = { type: "layer" as const, name, version, arch, size, sha256, verity, health: [...health] };
  const part = `${file}.part`;
  try {
    await writeFile(part, encodeLayerHead(signLayer(manifest, keys)));
    await pipeline(createReadStream(body), createWriteStream(part, { flags: "a" }));
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  return { size, rootHash };
}
