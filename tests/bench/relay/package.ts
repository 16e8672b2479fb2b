import { fileURLToPath } from "node:url";
import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { Manifest } from "../../../runtime/contract/index.ts";
import { generateKeys, type KeyPair, type PublicKey, signPackage } from "../../../runtime/trust/index.ts";

const ENTRY = fileURLToPath(new URL("../plugins/relay/plugin.ts", import.meta.url));

/** The same code under another manifest: the manifest alone says name, topics and durability. */
export interface RelayVariant {
  readonly name: string;
  readonly filter: string;
  readonly durability: Manifest["durability"];
}

/** The relay plugin, compiled once and signed as often as it is needed. */
export class RelayPackages {
  readonly #manifest: Manifest;
  readonly #wasm: Uint8Array;
  readonly #keys: KeyPair;

  private constructor(manifest: Manifest, wasm: Uint8Array) {
    this.#manifest = manifest;
    this.#wasm = wasm;
    this.#keys = generateKeys();
  }

  static async compile(): Promise<RelayPackages> {
    const compiler = await createCompiler();
    const result = await compiler.compile({ entry: ENTRY });
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
    return new RelayPackages(result.manifest, result.wasm);
  }

  get owner(): PublicKey {
    return this.#keys.public;
  }

  sign({ name, filter, durability }: RelayVariant): Uint8Array {
    const handlers = this.#manifest.handlers.map((handler) => (handler.kind === "message" ? { ...handler, filter } : handler));
    return signPackage(
      { type: "plugin", manifest: { ...this.#manifest, name, durability, handlers }, wasm: this.#wasm },
      this.#keys,
    );
  }
}
