import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readOwners } from "../../boot/data-directory.ts";
import { dataPaths } from "../../boot/data-paths.ts";
import { Manifest, parse, StepppsError } from "../../contract/index.ts";
import type { Code } from "../../script/index.ts";
import { listKeys, loadKeys, openPackage, type PublicKey, parsePublicKey } from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import { keysDir } from "../keys-dir.ts";

/** Whose code runs here: our own, that of this data directory's owners, and of `--trust`. */
export async function trustedKeys(invocation: Invocation<{ trust?: string }>): Promise<readonly PublicKey[]> {
  const { cwd, data, options, out } = invocation;
  const dir = keysDir(invocation);
  const own = listKeys(dir).map((name) => loadKeys(dir, name).public);
  const owners = await readOwners(dataPaths(data), (file) => out.note(`${file} is no key`));
  const named = options.trust === undefined ? [] : [parsePublicKey(readFileSync(resolve(cwd, options.trust), "utf8").trim())];
  return [...own, ...owners, ...named];
}

/** Another version: a folder with its source, a .wasm with the manifest that 'plugin build' wrote beside it, or a signed file. */
export async function loadCode(path: string, cwd: string, trusted: readonly PublicKey[]): Promise<Code> {
  const file = resolve(cwd, path);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new StepppsError("E_CLI_NO_PLUGIN", file);
  if (stat.isDirectory() || file.endsWith(".ts")) {
    const [{ createCompiler }, { build }, { findProject }] = await Promise.all([
      import("../../../assembly/compiler/index.ts"),
      import("../author/build.ts"),
      import("../author/project.ts"),
    ]);
    return build(await createCompiler(), findProject(path, cwd).entry);
  }
  const bytes = readFileSync(file);
  if (!file.endsWith(".wasm")) return openPackage(bytes, trusted);
  const beside = file.replace(/\.wasm$/, ".json");
  try {
    return { manifest: parse(Manifest, JSON.parse(readFileSync(beside, "utf8"))), wasm: bytes };
  } catch (cause) {
    throw new StepppsError("E_CLI_NO_PLUGIN", `${beside} is no manifest`, { cause });
  }
}
