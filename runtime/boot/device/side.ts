import type { BoardFacts, StepppsError, SystemEvent } from "../../contract/index.ts";
import type { EventLog } from "../../event/index.ts";
import type { BootVolume } from "../../platform/index.ts";
import type { LiveDocument } from "../live-document.ts";
import type { LoadedDocument } from "../load-document.ts";
import type { DeviceEnd } from "./exit.ts";
import type { Layers } from "./layer/layers.ts";
import type { DeviceSlots } from "./slots.ts";

export interface DevicePorts {
  /** The device's name. */
  readonly device: string;
  readonly events: Pick<EventLog, "emit">;
  readonly document: Pick<LiveDocument, "current" | "on">;
  /** ms since the epoch: the newest time that was ever signed for this device, 0 where there was none. */
  readonly signedTime: number;
  /** What is wrong with one part of the device and stays so, in place of what was. */
  troubles(part: string, errors: readonly StepppsError[]): void;
}

/** What a machine does that is a device as a whole, beside the supervisor: a checkout has none of it. */
export interface DeviceSide {
  /** What the image says about itself; undefined where that is damaged. */
  readonly board: BoardFacts | undefined;
  /** The boot partition. */
  readonly volume: BootVolume;
  /** Where images go; undefined on a machine with one slot, or where they can't be found. */
  readonly slots: DeviceSlots | undefined;
  /** Signed file systems beside the image; undefined where the machine mounts none. */
  readonly layers: Layers | undefined;
  /** What was found before there was an event log. */
  readonly found: readonly Omit<SystemEvent, "time">[];
  /** What came of reading the document: at the start, and each time it was read again. Returns what is wrong with it here. */
  read(result: LoadedDocument): readonly StepppsError[];
  /** Network and clock, once messages are handled. What it returns ends it. */
  begin(ports: DevicePorts): Promise<() => Promise<void>>;
  /** Ends this run, and then the machine does that. */
  end(how: DeviceEnd): void;
}
