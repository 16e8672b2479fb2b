import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Compiler, createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import { generateKeys, type PublicKey, signPackage } from "../../../runtime/trust/index.ts";
import { MARK_DIGITS } from "./mark.ts";

const SOURCE = fileURLToPath(new URL("../plugins/heating/plugin.ts", import.meta.url));

export interface BuiltVersion {
  /** What its outputs say. */
  readonly mark: number;
  readonly envelope: Uint8Array;
  readonly wasmBytes: number;
}

/** Versions of one plugin: each differs from the one before in one line, and in its own number. */
export class Versions {
  readonly #compiler: Compiler;
  readonly #source = readFileSync(SOURCE, "utf8");
  readonly #keys = generateKeys();
  #last = 0;

  private constructor(compiler: Compiler) {
    this.#compiler = compiler;
  }

  static async open(): Promise<Versions> {
    return new Versions(await createCompiler());
  }

  get owner(): PublicKey {
    return this.#keys.public;
  }

  /** The next one, higher than those before; `ballast`: bytes that nothing compresses, in a section of their own. */
  async build(ballast = 0): Promise<BuiltVersion> {
    const mark = ++this.#last;
    const text = this.#source
      .replace('version: "1.0.0"', `version: "1.0.${mark}"`)
      .replace("mark-0000", `mark-${String(mark).padStart(MARK_DIGITS, "0")}`);
    const built = await this.#compiler.compile({ entry: SOURCE, read: (path) => (path === SOURCE ? text : undefined) });
    if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
    const { manifest } = built;
    const wasm = ballast > 0 ? Buffer.concat([built.wasm, customSection(randomBytes(ballast))]) : built.wasm;
    return { mark, envelope: signPackage({ type: "plugin", manifest, wasm }, this.#keys), wasmBytes: wasm.length };
  }
}

/** WebAssembly 5.5.3: id 0, size and name's length as LEB128 (here of five bytes and one), the name, anything. */
function customSection(bytes: Uint8Array): Buffer {
  const name = Buffer.from("ballast");
  const size = 1 + name.length + bytes.length;
  const leb = [0, 7, 14, 21].map((shift) => ((size >> shift) & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([0, ...leb, 0, name.length]), name, bytes]);
}
