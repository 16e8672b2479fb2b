/** The file system, as far as the system uses it. Paths are absolute. */
export interface Files {
  /** The whole file; undefined when there is none. Throws E_FILE_TOO_LARGE beyond `maxBytes`, E_FILE. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Replaces the file: after a crash it has the old content or the new, never a mix. Mode 0600. Throws E_DISK_FULL, E_FILE. */
  write(path: string, content: Uint8Array): Promise<void>;
  /** Makes the directory and its parents where they are missing; it ends up with mode 0700. Throws E_DISK_FULL, E_FILE. */
  makePrivate(path: string): Promise<void>;
  /** Names in a directory, sorted; none when there is no such directory. Throws E_FILE. */
  list(path: string): Promise<string[]>;
  /** Removes the file if it is there. Throws E_FILE. */
  remove(path: string): Promise<void>;
}
