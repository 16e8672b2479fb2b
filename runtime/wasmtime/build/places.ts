import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "./targets.ts";

/** Where the build reads and writes. */
export interface Places {
  /** The package's folder. */
  readonly root: string;
  /** Downloads and unpacked wheels, kept by the hash of their content. */
  readonly cache: string;
  readonly nodeHeaders: string;
}

export function defaultPlaces(): Places {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const require = createRequire(import.meta.url);
  return {
    root,
    cache: join(root, "../../.cache"),
    nodeHeaders: join(dirname(require.resolve("node-api-headers/package.json")), "include"),
  };
}

/** The folder of a finished build: the addon and the library beside it. */
export function prebuilt(places: Places, target: Target): string {
  return join(places.root, "prebuilt", target);
}
