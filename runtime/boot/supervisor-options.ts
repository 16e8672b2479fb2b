import type { Worker } from "node:worker_threads";
import type { Faults, StepppsError, View } from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import type { DeviceSide } from "./device/side.ts";
import type { EngineName } from "./engine.ts";
import type { Parts } from "./parts.ts";
import type { PhaseTime } from "./phases.ts";

export interface SupervisorOptions {
  /** Where it keeps everything: document, journal, keys. Made where it isn't there. */
  readonly dataPath: string;
  readonly version: string;
  readonly clock: Clock;
  readonly engine: EngineName;
  /** STEPPPS_FAULT. */
  readonly faultSpec: string | undefined;
  /** What happens at the fault points of this thread, in place of what `faultSpec` says. */
  readonly faults?: Faults;
  /** Ports in place of the document's; 0 for any. */
  readonly mqttPort?: number;
  /** false: no page. */
  readonly webPort?: number | false;
  readonly readings: boolean;
  /** `steppps.yaml`, where it isn't in the data directory. */
  readonly documentPath?: string;
  /** Of a program in one file; a checkout has none. */
  readonly parts?: Parts;
  /**
   * The journal's thread, where it was started ahead. "later": not before all the rest is up, and the rest waits for a pause in what is
   * asked of the device: its first messages have the processor to themselves.
   */
  readonly journalThread?: Worker | "later";
  /** Of a machine that is a device as a whole. */
  readonly device?: DeviceSide;
  /** Told when only a new start helps: the disk fails. */
  broken(error: StepppsError): void;
}

export interface Supervisor {
  readonly data: DataDirectory;
  readonly device: string;
  readonly mqttUrl: string;
  /** Undefined until the page is up. */
  readonly webUrl: string | undefined;
  readonly view: View;
  readonly phases: readonly PhaseTime[];
  /** Resolves when page and readings are up too: messages are handled before. */
  readonly settled: Promise<void>;
  /** The code with which the device is claimed, while it has no owner: for the console, never for a log. */
  pairing(): { readonly code: string; readonly until: number } | undefined;
  /** Reads `steppps.yaml` again. */
  reload(): Promise<void>;
  close(): Promise<void>;
}
