import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCompiler } from "../../../assembly/compiler/index.ts";
import { loadKeys, signPackage } from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import { keysDir } from "../keys-dir.ts";
import { type Built, build } from "./build.ts";

export interface Signed extends Built {
  readonly envelope: Uint8Array;
}

/** Compiles a plugin and signs it with one of this person's keys. */
export async function buildAndSign(
  invocation: Pick<Invocation, "env" | "cwd" | "data">,
  entry: string,
  key: string,
): Promise<Signed> {
  const keys = loadKeys(keysDir(invocation), key);
  const built = await build(await createCompiler(), entry);
  return { ...built, envelope: signPackage({ type: "plugin", manifest: built.manifest, wasm: built.wasm }, keys) };
}

/** Writes a result whole or not at all; returns its path. */
export function writeResult(dir: string, name: string, content: Uint8Array | string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, name);
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
  return path;
}
