import { rmSync, statSync, writeFileSync } from "node:fs";

const RESERVE_BYTES = 2 * 1024 * 1024;

/**
 * Space held back for the day the disk is full. SQLite needs room even to delete (the change goes to the log first), so that without
 * it a journal that filled its disk could never be trimmed again.
 */
export class Reserve {
  readonly #path: string;

  constructor(file: string) {
    this.#path = `${file}.reserve`;
  }

  /** Takes the space; false when it is not there to take. */
  hold(): boolean {
    if (statSync(this.#path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return true;
    try {
      writeFileSync(this.#path, new Uint8Array(RESERVE_BYTES), { mode: 0o600 });
      return true;
    } catch {
      this.release();
      return false;
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}
