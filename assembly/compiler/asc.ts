import type * as Asc from "assemblyscript/asc";

/** What one run of the AssemblyScript compiler is given. Paths are as it asks for them: relative to the entry's folder. */
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

const WASM = "plugin.wasm";

/**
 * Flags: no start export is needed (the start section runs), the collector runs only when asked (between inputs), and
 * of WebAssembly's features those that Wasmtime and V8 both have on, without threads and relaxed SIMD.
 */
const FLAGS = ["--outFile", WASM, "--runtime", "minimal", "--disable", "threads", "--stackSize", "0"];

export async function runAsc(asc: typeof Asc, job: AscJob): Promise<AscResult> {
  const written = new Map<string, string | Uint8Array>();
  const messages: AscMessage[] = [];
  const level = job.debug ? ["--debug", "--sourceMap", "--optimizeLevel", "1"] : ["--optimizeLevel", "3", "--shrinkLevel", "0"];
  const { error } = await asc.main([job.entry, ...FLAGS, ...level], {
    readFile: async (name) => (await job.read(name)) ?? null,
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => null,
    reportDiagnostic: (one) => void messages.push(messageOf(one)),
  });
  const wasm = written.get(WASM);
  if (error && !messages.some((one) => one.severity === "error")) messages.push({ severity: "error", message: error.message });
  const sourceMap = written.get(`${WASM}.map`);
  return {
    ...(wasm instanceof Uint8Array && !error ? { wasm } : {}),
    ...(typeof sourceMap === "string" ? { sourceMap } : {}),
    messages,
  };
}

function messageOf(one: Asc.DiagnosticMessage): AscMessage {
  // Categories: 0 pedantic, 1 info, 2 warning, 3 error.
  const severity = one.category === 3 ? "error" : "warning";
  const range = one.range;
  if (!range?.source) return { severity, message: one.message };
  return { severity, message: one.message, place: { path: range.source.normalizedPath, start: range.start, end: range.end } };
}
