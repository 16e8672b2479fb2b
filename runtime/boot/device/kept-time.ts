import { asStepppsError, type SystemEvent, text, utf8 } from "../../contract/index.ts";
import type { Alarm, Clock, Files } from "../../platform/index.ts";

export interface KeptTimeOptions {
  /** Where the time is written down. */
  readonly file: string;
  readonly files: Pick<Files, "read" | "write">;
  readonly clock: Clock;
  /** ms since the epoch: when the image was built. */
  readonly earliest: number;
  /** ms since the epoch: when the files that change all the time were last written, 0 where that can't be said. */
  lastWritten(): Promise<number>;
  set(time: number): Promise<void>;
}

type ClockEvent = Omit<SystemEvent, "time">;
const SET = { kind: "clock.set", level: "warn" } as const;
const SAVE_MS = 30 * 60_000;
const MAX_BYTES = 100;

/**
 * A board without a clock battery wakes up in 1970. It is at least as late as its image was built, as it was when it was last seen or
 * wrote something, and as the newest time that was signed for it: that is where the clock goes on until a time server says better.
 */
export class KeptTime {
  readonly #options: KeptTimeOptions;
  #next: Alarm | undefined;
  #known = false;

  constructor(options: KeptTimeOptions) {
    this.#options = options;
  }

  /** Sets the clock where it is behind. What people should know of it; nothing where nothing was to be done. */
  async wake(): Promise<ClockEvent | undefined> {
    const { earliest, lastWritten } = this.#options;
    return this.atLeast(Math.max(earliest, await this.#read(), await lastWritten().catch(() => 0)));
  }

  /** The same for one time that is known to have been, in ms since the epoch. */
  async atLeast(time: number): Promise<ClockEvent | undefined> {
    const { clock, set } = this.#options;
    if (time <= clock.now()) return undefined;
    try {
      await set(time);
      return { ...SET, text: `the clock was behind; it goes on from ${new Date(time).toISOString()}` };
    } catch (error) {
      const { code, message } = asStepppsError(error, "E_CLOCK_SET");
      return { ...SET, code, text: message };
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
