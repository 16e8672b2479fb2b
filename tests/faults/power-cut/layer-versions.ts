import { join } from "node:path";
import type { Layer } from "../../../images/layers/layers.ts";
import { writeLayer } from "../../../images/layers/write-layer.ts";
import { readLock } from "../../../images/lock/lock.ts";
import type { Architecture } from "../../../images/rootfs/architecture.ts";
import { fileHash } from "../../../images/steps/file-hash.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import type { KeyPair } from "../../../runtime/trust/index.ts";

/** As small as a layer may be that does something. */
const LAYER: Layer = {
  name: "iw",
  summary: "a test's",
  packages: ["iw", "libc6", "libnl-3-200", "libnl-genl-3-200"],
  programs: ["usr/sbin/iw"],
  data: [],
  maxBytes: 4_000_000,
  health: ["/usr/sbin/iw", "--version"],
};
const VERSIONS = ["1.0.0", "1.1.0"] as const;

export interface LayerVersion {
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}

/** Two versions of a layer, as signed files in `folder`. */
export async function layerVersions(
  arch: Architecture,
  folder: string,
  keys: KeyPair,
  tools: Toolset,
): Promise<[LayerVersion, LayerVersion]> {
  const written: LayerVersion[] = [];
  for (const version of VERSIONS) {
    const file = join(folder, `${LAYER.name}-${version}.layer`);
    await writeLayer(LAYER, { arch, version, file }, keys, readLock(), tools, imagePlaces());
    written.push({ version, file, sha256: await fileHash(file) });
  }
  return written as [LayerVersion, LayerVersion];
}
