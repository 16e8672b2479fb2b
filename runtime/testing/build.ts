import { type Compiler, createCompiler, formatDiagnostic } from "../../assembly/compiler/index.ts";
import { StepppsError } from "../contract/index.ts";
import type { BuiltPlugin } from "./plugin-test.ts";

/** Compiles plugins, each once: the tests of a file share what they test. Throws E_COMPILE with the compiler's messages. */
export function createBuild(): (entry: string) => Promise<BuiltPlugin> {
  const built = new Map<string, Promise<BuiltPlugin>>();
  let compiler: Promise<Compiler> | undefined;
  const build = async (entry: string): Promise<BuiltPlugin> => {
    compiler ??= createCompiler();
    const result = await (await compiler).compile({ entry, debug: true });
    if (result.ok) return result;
    throw new StepppsError("E_COMPILE", `\n${result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic)).join("\n")}`);
  };
  return (entry) => {
    const known = built.get(entry) ?? build(entry);
    built.set(entry, known);
    return known;
  };
}
