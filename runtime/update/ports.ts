import type { BoardFacts, Faults, Slot, SystemEvent, UpdateReport } from "../contract/index.ts";
import type { BootControl, Clock, Restart } from "../platform/index.ts";
import type { SignedImage } from "../trust/image.ts";
import type { HealthCheck } from "./gate.ts";
import type { Before, UpdateFolder } from "./record.ts";
import type { ByteSource } from "./source/byte-source.ts";

export interface UpdatePorts {
  readonly facts: Pick<BoardFacts, "board" | "version">;
  /** The slot at work. */
  readonly slot: Slot;
  /** The slot that the boot loader started, where that one failed too often and this one was started in its place. */
  readonly gaveUp?: Slot | undefined;
  readonly boot: BootControl;
  /** Where the root file system of each slot lies: a partition. */
  readonly partitions: Readonly<Record<Slot, string>>;
  /** Where the boot partition can be read. */
  readonly bootPath: string;
  readonly folder: UpdateFolder;
  readonly authority: {
    image(envelope: Uint8Array): Promise<SignedImage>;
    raiseImage(board: string, version: string): Promise<void>;
  };
  readonly clock: Clock;
  readonly faults: Faults;
  /** Another one for each start of the machine. */
  readonly bootId: string;
  settings(): UpdateSettings;
  /** What a slot has to pass to be kept. */
  readonly checks: readonly HealthCheck[];
  /** How the device does now. */
  before(): Before;
  /** What is known of the last start of a slot: what was written while it lasted, the kernel's own record of a crash. */
  startLog(slot: Slot): Promise<string>;
  /** Before a slot is tried: what its last start has left is of another version. */
  clearStartLog(slot: Slot): Promise<void>;
  openSource(source: UpdateSource): Promise<ByteSource>;
  /** Ends this run; the machine starts again. */
  restart(restart: Restart): void;
  emit(event: Omit<SystemEvent, "time">): void;
  reported(report: UpdateReport): void;
}

/** Where a bundle is: one of the two. */
export interface UpdateSource {
  readonly url?: string | undefined;
  /** A path, or what `openSource` knows by this name. */
  readonly file?: string | undefined;
}

/** As the device document has them now. */
export interface UpdateSettings {
  /** A person has to say yes to each. */
  readonly approve: boolean;
  /** "02:00-05:00": only then the device restarts for an update. */
  readonly window: string | undefined;
  readonly timezone: string;
  /** ms for which a new version has to be well. */
  readonly steadyMs: number;
  /** ms after which one that is not yet well is left. */
  readonly limitMs: number;
}
