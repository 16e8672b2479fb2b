import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PORTABLE_FILES, PORTABLE_THREAD } from "../../runtime/inference/portable/library.ts";
import { packageFolder } from "../../runtime/inference/portable/package-folder.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What runs models in WebAssembly, in `folder`: two files of onnxruntime-web, and the thread's program. The same for every architecture. */
export async function bundleInference(folder: string): Promise<string[]> {
  const from = packageFolder();
  if (from === undefined) throw new Error("onnxruntime-web is not installed");
  await mkdir(folder, { recursive: true });
  const names = Object.values(PORTABLE_FILES);
  for (const name of names) await copyFile(join(from, name), join(folder, name));
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["runtime/inference/portable/thread.ts"],
    outfile: join(folder, PORTABLE_THREAD),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 200,
    logLevel: "warning",
  });
  return [...names, PORTABLE_THREAD];
}
