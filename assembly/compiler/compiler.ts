import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { asStepppsError, type Manifest } from "../../runtime/contract/index.ts";
import { type AscMessage, runAsc } from "./asc.ts";
import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";
import { hintFor } from "./hints.ts";
import { parseOwn } from "./parse.ts";
import { loadSdk, SDK_ROOT, type Sdk, sdkFile } from "./sdk.ts";
import { collectWorkflow } from "./transform/collect.ts";
import { dispatcherOf } from "./transform/dispatcher.ts";
import { manifestOf } from "./transform/manifest.ts";
import type { Workflow } from "./transform/model.ts";
import { Problems } from "./transform/problems.ts";
import { findUnsupported } from "./unsupported.ts";

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
    const sources = new Sources(request, this.sdk);
    const name = basename(request.entry);
    if ((await sources.own(name)) === undefined) return { ok: false, diagnostics: [missing(request.entry)] };
    const problems = new Problems((path) => sources.pathOf(path));
    const parsed = await parseOwn(name, (path) => sources.own(path), problems);
    if (sources.unsupported.length > 0) return { ok: false, diagnostics: sources.unsupported };
    const workflow = parsed && collectWorkflow(parsed, problems);
    const manifest = workflow && !problems.failed ? stated(workflow, problems) : undefined;
    if (!workflow || !manifest) return { ok: false, diagnostics: problems.list };

    sources.append(name, dispatcherOf(workflow));
    const { wasm, sourceMap, messages } = await runAsc({
      entry: name,
      read: (path) => sources.read(path),
      debug: request.debug ?? false,
    });
    const said = messages.map((message) => sources.diagnostic(message));
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

/** The files of one compilation: the author's, which are looked over as they are read, and the SDK's. */
class Sources {
  readonly unsupported: Diagnostic[] = [];
  private readonly folder: string;
  private readonly sdk: Sdk;
  private readonly readOwn: (path: string) => Promise<string | undefined>;
  private readonly texts = new Map<string, string>();
  private readonly appended = new Map<string, string>();

  constructor(request: CompileRequest, sdk: Sdk) {
    this.folder = dirname(request.entry);
    this.sdk = sdk;
    const read = request.read;
    this.readOwn = read ? async (path) => read(path) : readIfThere;
  }

  /** A file's path as its author knows it. */
  pathOf(path: string): string {
    return join(this.folder, path);
  }

  /** Adds generated code behind a file's own. */
  append(name: string, code: string): void {
    this.appended.set(name, code);
  }

  async read(path: string): Promise<string | undefined> {
    const text = sdkFile(this.sdk, path) ?? (await this.own(path));
    const more = this.appended.get(path);
    return text === undefined || more === undefined ? text : `${text}\n${more}`;
  }

  /** One of the author's files. */
  async own(path: string): Promise<string | undefined> {
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    const text = await this.readOwn(this.pathOf(path));
    if (text === undefined) return undefined;
    this.texts.set(path, text);
    this.unsupported.push(...findUnsupported(this.pathOf(path), text));
    return text;
  }

  diagnostic({ severity, message, place }: AscMessage): Diagnostic {
    const path = place?.path ?? "";
    const inSdk = path.startsWith(SDK_ROOT);
    const text = inSdk ? sdkFile(this.sdk, path) : this.texts.get(path);
    const hint = hintFor(message);
    return diagnosticAt(inSdk ? path.slice("~lib/".length) : this.pathOf(path), text ?? "", place ?? { start: 0, end: 1 }, {
      severity,
      message,
      hint,
    });
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

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

export async function loadCompiler(): Promise<Compiler> {
  return new Compiler(await loadSdk());
}
