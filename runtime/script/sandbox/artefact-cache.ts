import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Keeps machine code between starts. Only what this device made itself is ever loaded: each file carries a MAC. */
export interface ArtefactCache {
  load(wasm: Uint8Array): Promise<Uint8Array | undefined>;
  save(wasm: Uint8Array, artefact: Uint8Array): Promise<void>;
}

const MAC_BYTES = 32;

/**
 * `directory`: private to the supervisor. `key`: the device's own secret. `engine`: name, version and settings, since an
 * artefact fits one engine only. File: HMAC-SHA256 over (wasm's name │ artefact), then the artefact.
 */
export function createArtefactCache(directory: string, key: Uint8Array, engine: string): ArtefactCache {
  const nameOf = (wasm: Uint8Array) => createHash("sha256").update(engine).update("\0").update(wasm).digest("hex");
  const macOf = (name: string, artefact: Uint8Array) => createHmac("sha256", key).update(name).update(artefact).digest();
  return {
    async load(wasm) {
      const name = nameOf(wasm);
      const file = await readFile(join(directory, name)).catch(() => undefined);
      if (!file || file.length <= MAC_BYTES) return undefined;
      const artefact = file.subarray(MAC_BYTES);
      return timingSafeEqual(file.subarray(0, MAC_BYTES), macOf(name, artefact)) ? artefact : undefined;
    },
    async save(wasm, artefact) {
      const name = nameOf(wasm);
      const path = join(directory, name);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      // No fsync: a file that a power cut left behind half-written fails its MAC and is made again.
      await writeFile(`${path}.new`, [macOf(name, artefact), artefact], { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}
