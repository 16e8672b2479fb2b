import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The SDK's sources by their path inside the package "steppps", such as "json/reader.ts". */
export type Sdk = ReadonlyMap<string, string>;

/** Where AssemblyScript looks for `import … from "steppps"`. */
export const SDK_ROOT = "~lib/steppps/";

export async function loadSdk(folder: string = fileURLToPath(new URL("../sdk/", import.meta.url))): Promise<Sdk> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map(names.map((name, i) => [name.split(sep).join("/"), texts[i] as string]));
}

/** The SDK's file behind a path such as "~lib/steppps/json/reader.ts"; undefined for any other path. */
export function sdkFile(sdk: Sdk, path: string): string | undefined {
  return path.startsWith(SDK_ROOT) ? sdk.get(path.slice(SDK_ROOT.length)) : undefined;
}
