import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createCompiler, formatDiagnostic } from "../../assembly/compiler/index.ts";
import { type KeyPair, signPackage } from "../../runtime/trust/index.ts";
import type { PackageContent } from "./package.ts";
import { apkVersion } from "./version.ts";

/**
 * A package for each example: its source, and its signed file for whoever trusts the key. They are for every architecture, as plugins are.
 */
export async function examplePackages(root: string, keys: KeyPair): Promise<PackageContent[]> {
  const examples = join(root, "assembly/examples");
  const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, "plugin.ts")));
  const compiler = await createCompiler();
  const packages: PackageContent[] = [];
  for (const folder of names.sort()) {
    const entry = join(examples, folder, "plugin.ts");
    const result = await compiler.compile({ entry });
    if (!result.ok) throw new Error(`${entry} does not compile: ${result.diagnostics.map(formatDiagnostic).join("\n")}`);
    const { manifest, wasm } = result;
    const home = `usr/share/steppps/examples/${manifest.name}`;
    const envelope = signPackage({ type: "plugin", manifest, wasm }, keys);
    packages.push({
      name: `steppps-example-${manifest.name}`,
      version: apkVersion(manifest.version),
      description: `The example ${manifest.name} for steppps: its source, and signed to be deployed`,
      license: "Apache-2.0",
      depends: [],
      provides: [],
      files: [
        { path: `${home}/plugin.ts`, content: { from: entry } },
        { path: `${home}/${manifest.name}-${manifest.version}.plugin`, content: { bytes: envelope } },
      ],
      scripts: {},
    });
  }
  return packages;
}

/** One that brings all of them, of the release's version as apk has it. */
export function allExamplesPackage(examples: readonly PackageContent[], version: string): PackageContent {
  return {
    name: "steppps-examples",
    version,
    description: "All examples for steppps: their sources, and signed to be deployed",
    license: "Apache-2.0",
    depends: examples.map(({ name }) => name),
    provides: [],
    files: [],
    scripts: {},
  };
}
