import { asStepppsError, type StepppsError, text, utf8 } from "../../contract/index.ts";
import type { Alarm, Clock, Files } from "../../platform/index.ts";

export interface KeptTimeOptions {
  /** Where the time is written down. */
  readonly file: string;
  readonly files: Pick<Files, "read" | "write">;
  readonly clock: Clock;
  /** ms since the epoch: when the image was built. */
  readonly earliest: number;
  set(time: number): Promise<void>;
}

const SAVE_MS = 30 * 60_000;
const MAX_BYTES = 100;

/**
 * A board without a clock battery wakes up in 1970. It is at least as late as its image was built, and as it was when it was last
 * seen: that is where the clock goes on until a time server says better.
 */
export class KeptTime {
  readonly #options: KeptTimeOptions;
  #next: Alarm | undefined;
  #known = false;

  constructor(options: KeptTimeOptions) {
    this.#options = options;
  }

  /** Sets the clock where it is behind. How far, in ms, it was put forward; 0 where nothing was to be done. */
  async wake(): Promise<{ readonly forward: number; readonly fault?: StepppsError }> {
    const { clock, earliest, set } = this.#options;
    const floor = Math.max(earliest, await this.#read());
    const forward = floor - clock.now();
    if (forward <= 0) return { forward: 0 };
    try {
      await set(floor);
      return { forward };
    } catch (error) {
      return { forward: 0, fault: asStepppsError(error, "E_CLOCK_SET") };
    }
  }

  /** Writes the time down now and then. */
  follow(): void {
    const { clock } = this.#options;
    this.#next = clock.after(SAVE_MS, () => {
      void this.#save();
      this.follow();
    });
  }

  /** The clock was set by somebody who knows: from now on it may also be earlier than what was written down. */
  async arrived(): Promise<void> {
    this.#known = true;
    await this.#save();
  }

  async close(): Promise<void> {
    this.#next?.cancel();
    await this.#save();
  }

  async #save(): Promise<void> {
    const { file, files, clock } = this.#options;
    const now = Math.floor(clock.now());
    if (!this.#known && now <= (await this.#read())) return;
    // On a disk that is full or read-only the next start is a little earlier, that is all.
    await files.write(file, utf8(`${now}\n`)).catch(() => {});
  }

  async #read(): Promise<number> {
    const { file, files } = this.#options;
    const bytes = await files.read(file, MAX_BYTES).catch(() => undefined);
    const line = bytes === undefined ? "" : readable(bytes);
    return /^\d{1,14}\n$/.test(line) ? Number(line) : 0;
  }
}

function readable(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch {
    return "";
  }
}
