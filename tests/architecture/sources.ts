import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One layer: a project that the root tsconfig lists, with the layers it says it may import. */
export interface Layer {
  /** Folder, from the root: "runtime/contract". */
  readonly path: string;
  readonly references: readonly string[];
}

export interface Source {
  /** From the root. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** What the import leads to, from the root; undefined for packages and node: modules. */
  readonly target: string | undefined;
  /** `import "x"`: taken for what it does, not for what it gives. */
  readonly bare: boolean;
}

/** The layers in the order of the root tsconfig, bottom first. */
export function readLayers(): Layer[] {
  return referencesOf("tsconfig.json").map((path) => ({ path, references: referencesOf(join(path, "tsconfig.json")) }));
}

/** All TypeScript sources of the given layers. */
export function readSources(layers: readonly Layer[]): Source[] {
  return layers.flatMap(({ path }) => filesBelow(path)).map(readSource);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  // What stands in a template is another program's source, such as what the plugin compiler writes.
  const imports = [...text.replace(/`[^`]*`/g, "``").matchAll(IMPORT)].map((match): Import => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string;
    const local = specifier.startsWith(".");
    return {
      specifier,
      target: local ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : undefined,
      bare: match[2] !== undefined,
    };
  });
  return { path, text, imports };
}

/** `… from "x"` at the end of an import or export, `import "x"`, and `import("x")`. */
const IMPORT = /^(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

function referencesOf(path: string): string[] {
  const json = readFileSync(join(ROOT, path), "utf8").replace(/^\s*\/\/.*$/gm, "");
  const { references }: { references: { path: string }[] } = JSON.parse(json);
  return references.map((reference) => relative(ROOT, resolve(ROOT, dirname(path), reference.path)));
}
