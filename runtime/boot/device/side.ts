import type { BoardFacts } from "../../contract/index.ts";
import type { EventLog } from "../../event/index.ts";
import type { BootVolume, Restart } from "../../platform/index.ts";
import type { LiveDocument } from "../live-document.ts";
import type { LoadedDocument } from "../load-document.ts";
import type { DeviceSlots } from "./slots.ts";

export interface DevicePorts {
  /** The device's name. */
  readonly device: string;
  readonly events: Pick<EventLog, "emit">;
  readonly document: Pick<LiveDocument, "current" | "on">;
}

/** What a machine does that is a device as a whole, beside the supervisor: a checkout has none of it. */
export interface DeviceSide {
  /** What the image says about itself; undefined where that is damaged. */
  readonly board: BoardFacts | undefined;
  /** The boot partition. */
  readonly volume: BootVolume;
  /** Where images go; undefined on a machine with one slot, or where they can't be found. */
  readonly slots: DeviceSlots | undefined;
  /** What came of reading the document: at the start, and each time it was read again. */
  read(result: LoadedDocument): void;
  /** Network and clock, once messages are handled. What it returns ends it. */
  begin(ports: DevicePorts): Promise<() => Promise<void>>;
  /** Ends this run; the machine starts again. */
  restart(restart: Restart): void;
}
