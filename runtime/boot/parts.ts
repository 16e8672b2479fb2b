import type { PortablePlaces } from "../inference/portable/probe.ts";
import type { NativePlaces } from "../inference/probe.ts";

/**
 * Where a program that was bundled into one file finds what can't be in that file: absolute paths. A checkout needs none of it, as
 * its sources know where they are.
 */
export interface Parts {
  /** The journal's thread. */
  readonly storeThread: string;
  /** The Wasmtime addon, its library beside it. */
  readonly addon: string;
  /** The page's files, as `bundlePage` writes them. */
  readonly page: string;
  /** What runs models; where absent, nothing does. */
  readonly inference?: { readonly native?: NativePlaces; readonly portable: PortablePlaces };
}
