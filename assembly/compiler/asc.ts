import * as assemblyscript from "assemblyscript";
import { libraryFiles } from "assemblyscript/asc";
import binaryen from "assemblyscript/binaryen";
import { SDK_ROOT } from "./sdk.ts";

/** What one run of the AssemblyScript compiler is given. Paths are relative to the entry's folder. */
interface AscJob {
  readonly entry: string;
  readonly read: (path: string) => Promise<string | undefined>;
  /** Keep names and line numbers, optimise less. */
  readonly debug: boolean;
}

export interface AscMessage {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** undefined for what is about no place. */
  readonly place?: { readonly path: string; readonly start: number; readonly end: number };
}

export interface AscResult {
  readonly wasm?: Uint8Array;
  readonly sourceMap?: string;
  readonly messages: readonly AscMessage[];
}

/** AssemblyScript's name for what is imported without a dot in front. */
const LIBRARY = "~lib/";
/** The SDK's collector takes the place of AssemblyScript's. */
const RUNTIME = `${SDK_ROOT}rt/index`;
const RUNTIME_MINIMAL = 1;

/**
 * AssemblyScript's own front end, cut down to what a plugin needs: one entry, the standard library, the SDK, and a
 * runtime whose collector runs between inputs. WebAssembly's features are AssemblyScript's defaults, which Wasmtime and
 * V8 both have on; no threads, no relaxed SIMD.
 */
export async function runAsc(job: AscJob): Promise<AscResult> {
  const optimise = job.debug ? 1 : 2;
  const program = assemblyscript.newProgram(optionsOf(job.debug, optimise));
  try {
    await parseAll(program, job);
    const messages = takeMessages(program);
    return failed(messages) ? { messages } : compileProgram(program, messages, job.debug, optimise);
  } catch (cause) {
    // Its assertions fail on some sources that it should refuse; what it had said by then names the place.
    const said = takeMessages(program);
    const stopped = `AssemblyScript's own compiler failed (${(cause as Error).message}); take back what you changed last`;
    return { messages: failed(said) ? said : [{ severity: "error", message: stopped }] };
  } finally {
    binaryen.wrapModule(program.module.ref).dispose();
  }
}

function compileProgram(program: assemblyscript.Program, messages: AscMessage[], debug: boolean, optimise: number): AscResult {
  assemblyscript.initializeProgram(program);
  const module = assemblyscript.compile(program);
  messages.push(...takeMessages(program));
  if (failed(messages)) return { messages };
  if (!assemblyscript.validate(module)) throw new Error("the module is not valid");
  assemblyscript.optimize(module, optimise, 0, debug);
  const { output, sourceMap } = module.toBinary(debug ? "plugin.wasm.map" : null);
  return { wasm: output, ...(debug && sourceMap ? { sourceMap } : {}), messages };
}

function optionsOf(debug: boolean, optimise: number): assemblyscript.Options {
  const options = assemblyscript.newOptions();
  assemblyscript.setRuntime(options, RUNTIME_MINIMAL);
  assemblyscript.setDebugInfo(options, debug);
  assemblyscript.setSourceMap(options, debug);
  assemblyscript.setOptimizeLevelHints(options, optimise, 0);
  return options;
}

/** Parses the library, the runtime, the entry, and whatever those import. */
async function parseAll(program: assemblyscript.Program, job: AscJob): Promise<void> {
  for (const [name, text] of Object.entries(libraryFiles)) {
    // What lies in folders is imported where it is needed.
    if (!name.includes("/")) assemblyscript.parse(program, text, `${LIBRARY}${name}.ts`);
  }
  assemblyscript.parse(program, (await fileOf(RUNTIME, job))?.text ?? null, `${RUNTIME}.ts`, true);
  assemblyscript.parse(program, (await job.read(job.entry)) ?? null, job.entry, true);
  for (let path = assemblyscript.nextFile(program); path !== null; path = assemblyscript.nextFile(program)) {
    const file = await fileOf(path, job);
    assemblyscript.parse(program, file?.text ?? null, file?.path ?? `${path}.ts`);
  }
}

/** The file that an import means: itself, or the index of a folder. */
async function fileOf(path: string, job: AscJob): Promise<{ text: string; path: string } | undefined> {
  for (const name of [path, `${path}/index`]) {
    const text =
      name.startsWith(LIBRARY) && !name.startsWith(SDK_ROOT)
        ? libraryFiles[name.slice(LIBRARY.length)]
        : await job.read(`${name}.ts`);
    if (text !== undefined) return { text, path: `${name}.ts` };
  }
  return undefined;
}

function takeMessages(program: assemblyscript.Program): AscMessage[] {
  const messages: AscMessage[] = [];
  for (let one = assemblyscript.nextDiagnostic(program); one; one = assemblyscript.nextDiagnostic(program)) {
    const { message, range } = one;
    const severity = assemblyscript.isError(one) ? "error" : "warning";
    const place = range?.source ? { path: range.source.normalizedPath, start: range.start, end: range.end } : undefined;
    messages.push({ severity, message, ...(place ? { place } : {}) });
  }
  return messages;
}

function failed(messages: readonly AscMessage[]): boolean {
  return messages.some((one) => one.severity === "error");
}
