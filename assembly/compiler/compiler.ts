import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Parser } from "assemblyscript";
import * as asc from "assemblyscript/asc";
import type { Manifest } from "../../runtime/contract/index.ts";
import { type AscMessage, runAsc } from "./asc.ts";
import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";
import { hintFor } from "./hints.ts";
import { loadSdk, type Sdk, sdkFile } from "./sdk.ts";
import { collectWorkflow } from "./transform/collect.ts";
import { dispatcherOf } from "./transform/dispatcher.ts";
import { manifestOf } from "./transform/manifest.ts";
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
    const text = await sources.own(name);
    if (text === undefined) return { ok: false, diagnostics: [diagnosticAt(request.entry, "", { start: 0, end: 1 }, { message: "there is no such file" })] };
    const problems = new Problems(request.entry, text);
    const workflow = sources.unsupported.length === 0 ? this.analyse(name, text, problems) : undefined;
    if (!workflow || problems.failed) return { ok: false, diagnostics: [...sources.unsupported, ...problems.list] };

    sources.append(name, dispatcherOf(workflow));
    const { wasm, sourceMap, messages } = await runAsc(asc, { entry: name, read: (path) => sources.read(path), debug: request.debug ?? false });
    if (sources.unsupported.length > 0) return { ok: false, diagnostics: sources.unsupported };
    const said = messages.map((message) => sources.diagnostic(message));
    if (!wasm) return { ok: false, diagnostics: said.filter((one) => one.severity === "error") };
    return {
      ok: true,
      wasm,
      manifest: manifestOf(workflow),
      ...(sourceMap === undefined ? {} : { sourceMap }),
      warnings: [...problems.list, ...said],
      millis: performance.now() - began,
    };
  }

  /** The workflow that the file states; undefined when it cannot be parsed or has none. */
  private analyse(name: string, text: string, problems: Problems) {
    const parser = new Parser();
    parser.parseFile(text, name, true);
    for (const one of parser.diagnostics) {
      if (one.range) problems.error(one.range, one.message, hintFor(one.message));
    }
    const source = parser.sources[0];
    return source && !problems.failed ? collectWorkflow(source, problems) : undefined;
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
    const text = await this.readOwn(join(this.folder, path));
    if (text === undefined) return undefined;
    this.texts.set(path, text);
    this.unsupported.push(...findUnsupported(join(this.folder, path), text));
    return text;
  }

  diagnostic({ severity, message, place }: AscMessage): Diagnostic {
    const path = place?.path ?? "";
    const inSdk = path.startsWith("~lib/steppps/") ? path.slice("~lib/".length) : undefined;
    const text = inSdk ? sdkFile(this.sdk, `node_modules/${inSdk}`) : this.texts.get(path);
    const hint = hintFor(message);
    return diagnosticAt(inSdk ?? join(this.folder, path), text ?? "", place ?? { start: 0, end: 1 }, { severity, message, hint });
  }
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
