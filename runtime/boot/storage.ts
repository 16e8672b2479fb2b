import { readFile } from "node:fs/promises";
import type { SystemStatus } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";
import { DailyWrites, type Disk, findDisk, parseDayRow } from "../space/index.ts";
import { type Journal, WriteMeter } from "../store/index.ts";

export interface StorageOptions {
  readonly journal: Pick<Journal, "read" | "commit" | "size" | "widen">;
  readonly clock: Clock;
  readonly events: Pick<EventLog, "emit">;
  /** The data directory. */
  readonly path: string;
  /** Bytes a day that the disk should be written at most; undefined: as many as it takes. */
  budget(): number | undefined;
  /** In place of the disk under `path`. */
  readonly disk?: Disk;
}

export interface Storage {
  status(): NonNullable<SystemStatus["storage"]>;
  close(): Promise<void>;
}

const KEY = "storage.day";
const LOOK_MS = 10_000;
/** The count is itself something to write. What a power cut takes of it is counted from the disk's own counter. */
const NOTE_MS = 10 * 60_000;
/** Commits of so long share one fsync while the budget is overdrawn. */
const WIDE_MS = 500;

/**
 * Watches what is written to the disk that the data is on, by the disk's own counter: so everybody's writes count, and those that the
 * file system adds. Faster than the budget allows (an hour's share may go at once), commits wait for each other; nothing is refused.
 */
export async function watchStorage(options: StorageOptions): Promise<Storage> {
  const { journal, clock, events, path, budget, disk = await findDisk(path) } = options;
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "unknown")).trim();
  const [noted] = await journal.read("meta.one", KEY);
  const writes = new DailyWrites(parseDayRow(noted?.value));
  let size = await journal.size();
  let today: number | undefined;
  let meter: { readonly bytesPerDay: number; readonly value: WriteMeter; readonly from: number } | undefined;
  let toldOn = "";
  let notedAt = clock.monotonic();
  let alarm: Alarm | undefined;
  let closed = false;

  const note = async () => {
    notedAt = clock.monotonic();
    if (writes.row) await journal.commit([["meta.set", KEY, JSON.stringify(writes.row)]]);
  };

  /** Where the machine doesn't say what a disk was written, the journal's own count has to do for the budget. */
  const pace = (counter: number, day: string) => {
    const bytesPerDay = budget();
    if (bytesPerDay === undefined) meter = undefined;
    else if (meter?.bytesPerDay !== bytesPerDay) {
      meter = { bytesPerDay, from: counter, value: new WriteMeter({ bytesPerDay, windowMs: WIDE_MS }, clock.monotonic()) };
    }
    meter?.value.wrote(counter - meter.from, clock.monotonic());
    const window = meter?.value.window() ?? 0;
    journal.widen(window);
    if (window === 0 || toldOn === day || bytesPerDay === undefined) return;
    toldOn = day;
    const so = today === undefined ? "" : `: ${megabytes(today)} MB today`;
    const text = `the disk is written faster than ${megabytes(bytesPerDay)} MB a day${so}; commits now wait up to ${WIDE_MS} ms for each other`;
    events.emit({ kind: "storage.budget", level: "warn", text });
  };

  const look = async () => {
    size = await journal.size();
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const counter = await disk?.written();
    if (disk && counter !== undefined) today = writes.saw({ day, disk: disk.name, boot, counter });
    pace(counter ?? size.writtenBytes, day);
    if (clock.monotonic() - notedAt >= NOTE_MS) await note();
  };
  const turn = async () => {
    await look().catch(() => {});
    if (!closed) alarm = clock.after(LOOK_MS, () => void turn());
  };
  await turn();
  return {
    status() {
      const bytesPerDay = budget();
      return {
        journalBytes: size.bytes,
        limitBytes: size.limitBytes,
        ...(today !== undefined && { writtenTodayBytes: today }),
        ...(bytesPerDay !== undefined && { budgetBytes: bytesPerDay }),
      };
    },
    async close() {
      closed = true;
      alarm?.cancel();
      await look().then(note, () => {});
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
