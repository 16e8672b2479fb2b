import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { otherSlot, type Slot, type SystemEvent, type UpdateReport } from "../../../runtime/contract/index.ts";
import {
  bootControl,
  type Clock,
  chooseDirect,
  faultsFrom,
  installSteps,
  linuxBootVolume,
  linuxFiles,
  type Restart,
  systemClock,
} from "../../../runtime/platform/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { openAuthority, type PublicKey } from "../../../runtime/trust/index.ts";
import {
  fileSource,
  type HealthCheck,
  httpSource,
  UpdateFolder,
  type UpdatePorts,
  type UpdateSettings,
  Updates,
} from "../../../runtime/update/index.ts";
import { versionOf } from "./images.ts";

/** Where the parts of a machine lie that outlive its power. */
export function machineParts(folder: string) {
  const at = (name: string) => join(folder, name);
  return { boot: at("boot"), data: at("data"), partitions: { a: at("root-a"), b: at("root-b") } };
}

/** A flashed card: `root` and the other files in slot a, room for `slotBytes` in each slot. */
export async function flash(folder: string, parts: Readonly<Record<string, string>>, slotBytes: number): Promise<void> {
  const { boot, data, partitions } = machineParts(folder);
  for (const path of [boot, data]) mkdirSync(path, { recursive: true });
  const { root = "", ...files } = parts;
  for (const [slot, path] of Object.entries(partitions)) {
    const partition = Buffer.alloc(slotBytes);
    if (slot === "a") readFileSync(root).copy(partition);
    writeFileSync(path, partition);
  }
  const volume = linuxBootVolume({ path: boot, remount: false });
  await volume.change(installSteps("direct"));
  const control = bootControl("direct", volume);
  await control.stage("a", { files, commandLine: "quiet steppps.slot={slot}" });
  await control.bless("a");
}

export interface RunOptions {
  readonly owners: readonly PublicKey[];
  readonly clock?: Clock;
  readonly settings?: Partial<UpdateSettings>;
  readonly checks?: readonly HealthCheck[];
  readonly faultSpec?: string;
  readonly board?: string;
  readonly idleMs?: number;
  /** PID 1 has given up the slot that the boot loader started, and the other one is at work. */
  readonly gaveUp?: boolean;
  /** Called with the folder of the boot partition when a slot's files have been written there. */
  readonly staged?: (boot: string) => void;
}

/** One start of a machine until it restarts: which slot that is, its boot loader says. */
export class Run {
  readonly slot: Slot;
  readonly version: string;
  readonly events: Omit<SystemEvent, "time">[] = [];
  readonly reports: UpdateReport[] = [];
  /** Resolves when the machine is to start again. */
  readonly restarted: Promise<Restart>;
  updates!: Updates;
  journal!: Journal;
  readonly #listeners = new Set<() => void>();

  private constructor(slot: Slot, version: string, restarted: Promise<Restart>) {
    this.slot = slot;
    this.version = version;
    this.restarted = restarted;
  }

  /** Power on. `resume`: false to look at it before it goes on. */
  static async start(folder: string, options: RunOptions, { resume = true } = {}): Promise<Run> {
    const { boot, data, partitions } = machineParts(folder);
    const slots = join(boot, "slots.txt");
    const chosen = chooseDirect(readFileSync(slots, "utf8"));
    writeFileSync(slots, chosen.content);
    const { promise, resolve } = Promise.withResolvers<Restart>();
    const slot = options.gaveUp ? otherSlot(chosen.slot) : chosen.slot;
    const run = new Run(slot, versionOf(partitions[slot]), promise);
    const { owners, clock = systemClock(), settings, checks = [], board = "qemu-arm64", idleMs = 10_000 } = options;
    const faults = faultsFrom(options.faultSpec);
    run.journal = await openJournal({ file: join(data, "journal.db") });
    const emit = (event: Omit<SystemEvent, "time">) => void run.events.push(event);
    const authority = await openAuthority({
      journal: run.journal,
      clock,
      faults,
      emit,
      owners: () => owners,
      device: () => "edge",
      group: () => undefined,
    });
    const log = (slot: Slot) => join(data, `boot-${slot}.log`);
    writeFileSync(log(slot), `started ${run.version}\n`);
    const control = bootControl("direct", linuxBootVolume({ path: boot, remount: false }));
    const ports: UpdatePorts = {
      facts: { board, version: run.version },
      slot,
      ...(options.gaveUp && { gaveUp: chosen.slot }),
      boot: { ...control, stage: async (...files) => control.stage(...files).then(() => options.staged?.(boot)) },
      partitions,
      bootPath: boot,
      folder: new UpdateFolder(linuxFiles(), join(data, "update")),
      authority,
      clock,
      faults,
      bootId: randomUUID(),
      settings: () => ({ approve: false, window: undefined, timezone: "UTC", steadyMs: 0, limitMs: 0, ...settings }),
      checks,
      before: () => ({ plugins: [], broker: true, uplink: false }),
      startLog: async (slot) => (existsSync(log(slot)) ? readFileSync(log(slot), "utf8") : ""),
      clearStartLog: async (slot) => rmSync(log(slot), { force: true }),
      openSource: ({ url, file }) => (file ? fileSource(file) : Promise.resolve(httpSource(url ?? "", { idleMs }))),
      restart: resolve,
      emit,
      reported: (report) => {
        run.reports.push(report);
        for (const listener of run.#listeners) listener();
      },
    };
    run.updates = await Updates.open(ports);
    if (resume) await run.updates.resume();
    return run;
  }

  /** The first report, from now or before, that `fits`. */
  async report(fits: (report: UpdateReport) => boolean): Promise<UpdateReport> {
    for (;;) {
      const found = this.reports.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  async off(): Promise<void> {
    await this.updates.close();
    await this.journal.close();
  }
}

/** The machine starts again until it no longer wants to. */
export async function settle(path: string, options: RunOptions, run: Run): Promise<Run> {
  let current = run;
  for (;;) {
    const over = current.report(({ outcome }) => outcome !== "running" && outcome !== "waiting");
    const next = await Promise.race([current.restarted.then(() => "restart" as const), over.then(() => "over" as const)]);
    if (next === "over") return current;
    await current.off();
    current = await Run.start(path, options);
  }
}
