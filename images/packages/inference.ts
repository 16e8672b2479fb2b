import { join } from "node:path";
import { bundleInference } from "../supervisor/inference.ts";
import { SUPERVISOR } from "../supervisor/layout.ts";
import type { PackageContent } from "./package.ts";

/** Models in WebAssembly, for a supervisor that has nothing else to run them: some 14 MB that most devices have no use for. */
export async function inferencePackage(folder: string, version: string): Promise<PackageContent> {
  const names = await bundleInference(folder);
  return {
    name: "steppps-inference-wasm",
    version,
    description: "Runs ONNX models for steppps in WebAssembly (ONNX Runtime)",
    license: "Apache-2.0 AND MIT",
    depends: ["steppps"],
    provides: [],
    files: names.map((name) => ({
      path: `${SUPERVISOR.folder.slice(1)}/inference/${name}`,
      content: { from: join(folder, name) },
    })),
    scripts: {},
  };
}
