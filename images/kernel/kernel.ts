import type { LockedDeb } from "../lock/schema.ts";

/** A kernel, as files. */
export interface Kernel {
  /** What a boot loader starts. */
  readonly image: string;
  /** The folder of its modules; undefined when everything that a board needs is built in. */
  readonly modules?: string;
  /** The folder of its device trees, by vendor. */
  readonly deviceTrees?: string;
  /** The board's own, whatever it is called, of a kernel that was brought for that board. */
  readonly deviceTree?: string;
  /** What names its content: for whoever makes something of it. */
  readonly hash: string;
  /** The packages that it comes in, or is compiled from. */
  readonly debs?: readonly LockedDeb[];
  /** Its version, where it comes in no package. */
  readonly supplied?: { readonly version: string; readonly sha256: string };
}
