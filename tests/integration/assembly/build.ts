import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { Manifest } from "../../../runtime/contract/index.ts";
import { Guest } from "../../support/guest.ts";

/** A plugin's source compiled; each call of `guest` is a fresh instance. Throws what the compiler says. */
export async function build(source: string): Promise<{ manifest: Manifest; guest: () => Guest }> {
  const compiler = await createCompiler();
  const result = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
  const module = new WebAssembly.Module(result.wasm as BufferSource);
  return { manifest: result.manifest, guest: () => new Guest(module) };
}
