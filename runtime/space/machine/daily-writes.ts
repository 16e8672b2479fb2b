/** How much was written to a disk on one day, as it is kept over restarts. */
export interface DayRow {
  /** "2026-11-23", UTC. */
  readonly day: string;
  readonly bytes: number;
  readonly disk: string;
  /** The machine's start at which the disk's counter was 0. */
  readonly boot: string;
  /** The disk's counter when this was noted. */
  readonly counter: number;
}

/** Adds up a counter that begins anew with every start of the machine. */
export class DailyWrites {
  #row: DayRow | undefined;

  constructor(row: DayRow | undefined) {
    this.#row = row;
  }

  get row(): DayRow | undefined {
    return this.#row;
  }

  /**
   * The day's bytes. What was written while nobody looked counts to the day on which it is seen; on another disk than before only what
   * is written from now on counts.
   */
  saw({ day, disk, boot, counter }: Omit<DayRow, "bytes">): number {
    const before = this.#row;
    const since = before?.disk !== disk ? 0 : before.boot === boot ? Math.max(0, counter - before.counter) : counter;
    const bytes = (before?.day === day && before.disk === disk ? before.bytes : 0) + since;
    this.#row = { day, bytes, disk, boot, counter };
    return bytes;
  }
}

/** A row as it was written down; undefined when it is none. */
export function parseDayRow(text: string | undefined): DayRow | undefined {
  try {
    const { day, bytes, disk, boot, counter }: Partial<Record<keyof DayRow, unknown>> = JSON.parse(text ?? "null") ?? {};
    const texts = [day, disk, boot].every((value) => typeof value === "string");
    const numbers = [bytes, counter].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
    return texts && numbers ? ({ day, bytes, disk, boot, counter } as DayRow) : undefined;
  } catch {
    return undefined;
  }
}
