import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Keeps machine code between starts. Only what this device made itself is ever loaded: each file carries a MAC. */
export interface ArtefactCache {
  load(wasm: Uint8Array): Promise<Uint8Array | undefined>;
  save(wasm: Uint8Array, artefact: Uint8Array): Promise<void>;
}

const MAC_BYTES = 32;
/** Files that are kept: those used last. More than a device has plugins and versions to go back to. */
const KEPT = 256;
/** How many more there may be before some go. */
const SLACK = 32;

/**
 * `directory`: private to the supervisor. `key`: the device's own secret, or what will be it. `engine`: name, version and settings, since an
 * artefact fits one engine only. File: HMAC-SHA256 over (wasm's name │ artefact), then the artefact.
 */
export function createArtefactCache(directory: string, key: Uint8Array | Promise<Uint8Array>, engine: string): ArtefactCache {
  const nameOf = (wasm: Uint8Array) => createHash("sha256").update(engine).update("\0").update(wasm).digest("hex");
  const macOf = async (name: string, artefact: Uint8Array) =>
    createHmac("sha256", await key)
      .update(name)
      .update(artefact)
      .digest();
  return {
    async load(wasm) {
      const name = nameOf(wasm);
      const path = join(directory, name);
      const file = await readFile(path).catch(() => undefined);
      const now = new Date();
      if (file) await utimes(path, now, now).catch(() => {});
      if (!file || file.length <= MAC_BYTES) return undefined;
      const artefact = file.subarray(MAC_BYTES);
      return timingSafeEqual(file.subarray(0, MAC_BYTES), await macOf(name, artefact)) ? artefact : undefined;
    },
    async save(wasm, artefact) {
      const name = nameOf(wasm);
      const path = join(directory, name);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      // No fsync: a file that a power cut left behind half-written fails its MAC and is made again.
      await writeFile(`${path}.new`, [await macOf(name, artefact), artefact], { mode: 0o600 });
      await rename(`${path}.new`, path);
      await prune(directory);
    },
  };
}

/** Every version that was ever here leaves a file: those that were not used for longest go. */
async function prune(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length <= KEPT + SLACK) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(directory, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const surplus = files.sort((a, b) => b.used - a.used).slice(KEPT);
  await Promise.all(surplus.map(({ name }) => rm(join(directory, name), { force: true })));
}
