import type { Compiler } from "./compiler.ts";

export type { CompileRequest, CompileResult, Compiler } from "./compiler.ts";
export { type Diagnostic, formatDiagnostic } from "./diagnostic.ts";

/** A compiler to keep. AssemblyScript and Binaryen (14 MB) are loaded here, not by importing this file. */
export async function createCompiler(): Promise<Compiler> {
  const { loadCompiler } = await import("./compiler.ts");
  return loadCompiler();
}
