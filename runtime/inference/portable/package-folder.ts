import { createRequire } from "node:module";
import { dirname } from "node:path";

/** Where npm put onnxruntime-web for this checkout; undefined where it isn't installed, as on a device. */
export function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
  } catch {
    return undefined;
  }
}
