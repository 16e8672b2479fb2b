import { basename, dirname } from "node:path";
import { asStepppsError, type Manifest } from "../../runtime/contract/index.ts";
import { runAsc } from "./asc.ts";
import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";
import { parseOwn } from "./parse.ts";
import { report } from "./report.ts";
import { loadSdk, type Sdk } from "./sdk.ts";
import { Sources } from "./sources.ts";
import { collectWorkflow } from "./transform/collect.ts";
import { dispatcherOf } from "./transform/dispatcher.ts";
import { manifestOf } from "./transform/manifest.ts";
import type { Workflow } from "./transform/model.ts";
import { Problems } from "./transform/problems.ts";

export interface CompileRequest {
  /** Path of plugin.ts. */
  readonly entry: string;
  /** Where sources come from; undefined means that there is no such file. The file system when left out. */
  readonly read?: (path: string) => string | undefined;
  /** Keep function names and a source map, for backtraces. */
  readonly debug?: boolean;
}

export type CompileResult =
  | {
      readonly ok: true;
      readonly wasm: Uint8Array;
      readonly manifest: Manifest;
      readonly sourceMap?: string;
      readonly warnings: readonly Diagnostic[];
      readonly millis: number;
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Turns a plugin's source into WebAssembly and its manifest. Keep one: the second compilation is much faster than the first. */
export class Compiler {
  private readonly sdk: Sdk;

  constructor(sdk: Sdk) {
    this.sdk = sdk;
  }

  async compile(request: CompileRequest): Promise<CompileResult> {
    const began = performance.now();
    const sources = new Sources(dirname(request.entry), this.sdk, request.read);
    const name = basename(request.entry);
    if ((await sources.own(name)) === undefined) return { ok: false, diagnostics: [missing(request.entry)] };
    const problems = new Problems((path) => sources.pathOf(path));
    const parsed = await parseOwn(name, (path) => sources.own(path), problems);
    if (sources.unsupported.length > 0) return { ok: false, diagnostics: sources.unsupported };
    const workflow = parsed && collectWorkflow(parsed, problems);
    const manifest = workflow && !problems.failed ? stated(workflow, problems) : undefined;
    if (!parsed || !workflow || !manifest) return { ok: false, diagnostics: problems.list };

    sources.append(name, dispatcherOf(workflow));
    const { wasm, sourceMap, messages } = await runAsc({
      entry: name,
      read: (path) => sources.read(path),
      debug: request.debug ?? false,
    });
    const said = report(messages, sources, parsed);
    if (!wasm) return { ok: false, diagnostics: said.filter((one) => one.severity === "error") };
    return {
      ok: true,
      wasm,
      manifest,
      ...(sourceMap === undefined ? {} : { sourceMap }),
      warnings: [...problems.list, ...said],
      millis: performance.now() - began,
    };
  }
}

/** The manifest; undefined, and reported, where the whole is not one, such as with too many topics. */
function stated(workflow: Workflow, problems: Problems): Manifest | undefined {
  try {
    return manifestOf(workflow);
  } catch (cause) {
    const { detail } = asStepppsError(cause, "E_SCHEMA");
    problems.error(workflow.place, `the manifest that this makes is refused: ${detail}`);
    return undefined;
  }
}

function missing(entry: string): Diagnostic {
  return diagnosticAt(
    entry,
    "",
    { start: 0, end: 1 },
    { message: "there is no such file", hint: "a plugin is one file, plugin.ts" },
  );
}

export async function loadCompiler(): Promise<Compiler> {
  return new Compiler(await loadSdk());
}
