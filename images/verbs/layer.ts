import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { StepppsError } from "../../runtime/contract/index.ts";
import { DEFAULT_KEY, listKeys, loadKeys } from "../../runtime/trust/index.ts";
import { LAYERS, packagesOf } from "../layers/layers.ts";
import { writeLayer } from "../layers/write-layer.ts";
import { lockedDeb, readLock } from "../lock/lock.ts";
import { type Architecture, DEB_ARCHES } from "../rootfs/architecture.ts";
import { cyclonedxOfLayer } from "../sbom/cyclonedx.ts";
import { fileHash } from "../steps/file-hash.ts";
import { toolset } from "../toolset/toolset.ts";
import { keysFolder } from "./keys-folder.ts";
import type { VerbContext } from "./verb.ts";

/** `npm run image -- --layer NAME`: one signed file for each architecture. Throws E_CLI_OPTION, E_KEY_MISSING. */
export async function buildLayer(
  name: string,
  architectures: readonly Architecture[],
  version: string,
  context: VerbContext,
): Promise<void> {
  const { places, say, print } = context;
  const layer = LAYERS.find((each) => each.name === name);
  if (!layer) throw new StepppsError("E_CLI_OPTION", `--layer is one of ${LAYERS.map((each) => each.name).join(", ")}`);
  const keys = keysFolder(context);
  if (!listKeys(keys).includes(DEFAULT_KEY))
    throw new StepppsError("E_KEY_MISSING", `${resolve(keys)} has no key ${DEFAULT_KEY}`);
  const lock = readLock();
  const tools = await toolset(lock, places);
  await mkdir(places.out, { recursive: true });
  for (const arch of architectures) {
    const file = join(places.out, `steppps-layer-${name}-${version}-${arch}.layer`);
    const { size } = await writeLayer(layer, { arch, version, file }, loadKeys(keys), lock, tools, places);
    const debian = packagesOf(layer, arch).map((each) => lockedDeb(lock, each, DEB_ARCHES[arch]));
    const contents = cyclonedxOfLayer({ name, version, arch, time: lock.time, debian, sha256: await fileHash(file) });
    await writeFile(file.replace(/\.layer$/, ".cdx.json"), `${JSON.stringify(contents, null, 1)}\n`);
    say(`${arch}: ${(size / 1e6).toFixed(1)} MB on the device`);
    print(file);
  }
}
