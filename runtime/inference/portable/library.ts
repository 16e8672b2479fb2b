import { access } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** ONNX Runtime for WebAssembly: two files of the npm package onnxruntime-web. */
export interface PortableLibrary {
  /** URL of the module. */
  readonly module: string;
  /** Path of the WebAssembly file. */
  readonly wasm: string;
  /** Path of the thread's program, where it lies beside them, as on a device; a checkout runs its source. */
  readonly thread?: string;
}

export const PORTABLE_FILES = { module: "ort.wasm.bundle.min.mjs", wasm: "ort-wasm-simd-threaded.wasm" } as const;
export const PORTABLE_THREAD = "inference-thread.cjs";

/** The first folder that has both files; undefined where none has. */
export async function findPortableLibrary(folders: readonly string[]): Promise<PortableLibrary | undefined> {
  for (const folder of folders) {
    const [module, wasm] = [join(folder, PORTABLE_FILES.module), join(folder, PORTABLE_FILES.wasm)];
    const there = await Promise.all([access(module), access(wasm)]).catch(() => undefined);
    if (!there) continue;
    const thread = join(folder, PORTABLE_THREAD);
    const beside = await access(thread).then(
      () => true,
      () => false,
    );
    return { module: pathToFileURL(module).href, wasm, ...(beside && { thread }) };
  }
  return undefined;
}
