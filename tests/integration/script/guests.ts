import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { Manifest } from "../../../runtime/contract/index.ts";

export interface Built {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CACHE = `${ROOT}.cache/guests`;

/** Compiles `<name>.as` of this folder, or takes what another test file made of the same source with the same compiler. */
export async function build(...names: string[]): Promise<Built[]> {
  const sources = await Promise.all(names.map((name) => readFile(new URL(`${name}.as`, import.meta.url), "utf8")));
  return buildSources(...sources);
}

/** The same for sources that a test writes. */
export async function buildSources(...sources: string[]): Promise<Built[]> {
  await mkdir(CACHE, { recursive: true });
  const tools = toolsHash();
  const all: Built[] = [];
  for (const source of sources) {
    const file = `${CACHE}/${createHash("sha256").update(tools).update(source).digest("hex")}.json`;
    all.push((await load(file)) ?? (await compile(source, file)));
  }
  return all;
}

async function load(file: string): Promise<Built | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { manifest, wasm } = JSON.parse(text) as { manifest: Manifest; wasm: string };
  return { manifest, wasm: new Uint8Array(Buffer.from(wasm, "base64")) };
}

async function compile(source: string, file: string): Promise<Built> {
  const compiler = await createCompiler();
  const built = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const { manifest, wasm } = built;
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ manifest, wasm: Buffer.from(wasm).toString("base64") }));
  await rename(`${file}.${process.pid}`, file);
  return { manifest, wasm };
}

function toolsHash(): string {
  const hash = createHash("sha256");
  for (const file of globSync(["assembly/sdk/**/*.ts", "assembly/compiler/**/*.ts", "package-lock.json"], { cwd: ROOT }).sort())
    hash.update(file).update(readFileSync(`${ROOT}${file}`));
  return hash.digest("hex");
}
