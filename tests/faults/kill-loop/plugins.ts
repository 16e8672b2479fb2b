import { readFile } from "node:fs/promises";
import { type Compiler, createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { Manifest } from "../../../runtime/contract/index.ts";

export interface Built {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

/** Compiles plugins whose source is `<name>.as` in a folder. */
export async function buildPlugins(folder: URL, names: readonly string[]): Promise<Built[]> {
  const compiler = await createCompiler();
  const built: Built[] = [];
  for (const name of names) built.push(await build(compiler, await readFile(new URL(`${name}.as`, folder), "utf8")));
  return built;
}

async function build(compiler: Compiler, source: string): Promise<Built> {
  const result = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
  return { manifest: result.manifest, wasm: result.wasm };
}
