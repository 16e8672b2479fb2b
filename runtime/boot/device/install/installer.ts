import { execFile } from "node:child_process";
import { truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  asStepppsError,
  type DeviceDocument,
  type InstallSettings,
  StepppsError,
  type SystemEvent,
  text,
  utf8,
} from "../../../contract/index.ts";
import { type BootVolume, type Disk, dataFileSystem, describeDisk, findPartitions, readDisks } from "../../../platform/index.ts";
import type { DevicePlaces } from "../places.ts";
import type { DeviceSlots } from "../slots.ts";
import { chosenDisk } from "./chosen-disk.ts";
import { install } from "./install.ts";

export interface InstallerOptions {
  readonly slots: DeviceSlots | undefined;
  readonly volume: BootVolume;
  readonly places: Pick<DevicePlaces, "boot" | "document" | "mke2fs" | "scratch">;
  emit(event: Omit<SystemEvent, "time">): void;
  /** Why it was not done, for whoever looks at the card; undefined when all is well. */
  trouble(error: StepppsError | undefined): void;
  /** The machine can start from the other disk. */
  done(): void;
}

const PARTITIONS = ["boot", "root-a", "root-b"] as const;

/** Carries out `install` of a live system's document: one at a time, and each order once. */
export class Installer {
  readonly #options: InstallerOptions;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: InstallerOptions) {
    this.#options = options;
  }

  /** Resolves when it is done, or has said why not. */
  follow({ install: settings }: DeviceDocument): Promise<void> {
    this.#turn = this.#turn.then(() => this.#carryOut(settings)).catch(() => {});
    return this.#turn;
  }

  async #carryOut(settings: InstallSettings | undefined): Promise<void> {
    const { emit, trouble } = this.#options;
    trouble(undefined);
    if (!settings) return;
    try {
      const disk = await this.#install(settings);
      const next = "this machine switches itself off; take the stick out and switch it on";
      emit({ kind: "install.done", level: "info", text: `${describeDisk(disk)} holds this system now; ${next}` });
      this.#options.done();
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_MEDIUM_WRITE");
      emit({ kind: "device.trouble", level: "error", code: error.code, text: error.message });
      trouble(error);
    }
  }

  async #install(settings: InstallSettings): Promise<Disk> {
    const { slots, places, emit, volume } = this.#options;
    if (slots?.facts.bootControl !== "systemd-boot") throw new StepppsError("E_INSTALL_BOARD", slots?.facts.board ?? "");
    const disks = await readDisks();
    const running = disks.find(({ uses }) => uses.some(({ what }) => what === places.boot));
    const disk = chosenDisk(settings, disks, running);
    if (!(await slots.boot.blessed(slots.slot))) throw new StepppsError("E_INSTALL_TRIAL");
    const found = await findPartitions(PARTITIONS, places.boot);
    const [boot, a, b] = PARTITIONS.map((partition) => found.get(partition));
    if (!running || !boot || !a || !b) throw new StepppsError("E_INSTALL_LAYOUT", "partitions of this system are missing");
    await install(disk, {
      from: running,
      partitions: { boot, "root-a": a, "root-b": b },
      makeData: (bytes) => makeData(bytes, places),
      forget: () => forget(volume, basename(places.document)),
      progress: (step) => emit({ kind: "install.step", level: "info", text: `${describeDisk(disk)}: ${step}` }),
    });
    return disk;
  }
}

async function makeData(bytes: number, { mke2fs, scratch }: Pick<DevicePlaces, "mke2fs" | "scratch">): Promise<string> {
  const file = join(scratch, "install-data");
  await writeFile(file, "");
  await truncate(file, bytes);
  await promisify(execFile)(mke2fs, ["-q", "-F", ...dataFileSystem(), file], { cwd: dirname(file) });
  return file;
}

/** Everything else in the document stays as it is, comments too. */
async function forget(volume: BootVolume, document: string): Promise<void> {
  const { parseDocument } = await import("yaml");
  const bytes = await volume.read(document);
  if (!bytes) return;
  const yaml = parseDocument(text(bytes));
  if (!yaml.delete("install")) return;
  await volume.change([{ do: "write", path: document, content: utf8(yaml.toString()) }]);
}
