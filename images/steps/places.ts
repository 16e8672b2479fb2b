import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the image builder keeps things. */
export interface ImagePlaces {
  /** The checkout. */
  readonly root: string;
  /** Steps' results. Deleting it costs time only. */
  readonly cache: string;
  /** Downloads, by their SHA-256. */
  readonly inputs: string;
  /** Wheels of PyPI, unpacked. */
  readonly wheels: string;
  /** What people asked for. */
  readonly out: string;
  /** Has Alpine's releases below it: `https://dl-cdn.alpinelinux.org/alpine`. Where there is none, Alpine comes from PyPI. */
  readonly alpineMirror?: string | undefined;
}

export function imagePlaces(root: string = fileURLToPath(new URL("../..", import.meta.url)), alpineMirror?: string): ImagePlaces {
  const cache = join(root, ".cache");
  return {
    root,
    cache: join(cache, "images"),
    inputs: join(cache, "inputs"),
    wheels: cache,
    out: join(root, "out"),
    alpineMirror,
  };
}
