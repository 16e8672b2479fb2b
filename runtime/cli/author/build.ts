import { type Compiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Manifest } from "../../contract/index.ts";

export interface Built {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
  readonly millis: number;
  /** As an editor would show them. */
  readonly warnings: readonly string[];
}

/** Compiles; throws E_COMPILE with every error as an editor would show it. */
export async function build(compiler: Compiler, entry: string): Promise<Built> {
  const result = await compiler.compile({ entry });
  if (!result.ok) throw new StepppsError("E_COMPILE", `\n${result.diagnostics.map(formatDiagnostic).join("\n")}`);
  const { manifest, wasm, millis, warnings } = result;
  return { manifest, wasm, millis, warnings: warnings.map(formatDiagnostic) };
}
