/** One change of the boot partition, by paths from its root. After a power cut each is there as a whole or not at all. */
export type BootStep =
  | { readonly do: "write"; readonly path: string; readonly content: Uint8Array }
  /** Of a file elsewhere, by its absolute path. */
  | { readonly do: "copy"; readonly path: string; readonly from: string }
  | { readonly do: "rename"; readonly path: string; readonly from: string }
  | { readonly do: "remove"; readonly path: string }
  /** An UEFI variable of NVIDIA's, a 32-bit number. */
  | { readonly do: "variable"; readonly name: string; readonly value: number };

/** A file, as what is kept of it says. */
export interface Measured {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** What lies on the boot partition. */
export interface BootFiles {
  /** Undefined when there is none. Throws E_FILE_TOO_LARGE beyond 64 KiB, E_FILE. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<string[]>;
  variable(name: string): Promise<number | undefined>;
}

/** The boot partition: read-only but while it is changed. */
export interface BootVolume extends BootFiles {
  /** Bytes that are free. */
  free(): Promise<number>;
  /** Bytes of a file; 0 when there is none. */
  size(path: string): Promise<number>;
  /** Where a file of it can be read, for a step that copies it. */
  path(path: string): string;
  /** Reads a file through, by its absolute path. Throws E_FILE. */
  measure(path: string): Promise<Measured>;
  /** Takes the steps one after the other; each is on the disk before the next. Throws E_DISK_FULL, E_FILE. */
  change(steps: readonly BootStep[]): Promise<void>;
}
