import type { AlarmQueue, Faults, Inferences, Message, NextDue, StepppsError, SystemEvent } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Seed } from "./batch.ts";
import type { Checkpoint } from "./history.ts";
import type { StateImage } from "./image.ts";
import type { InboxLimits } from "./inbox.ts";
import type { PendingInput } from "./pending.ts";
import type { Probation } from "./probation.ts";
import type { Asked } from "./requests.ts";
import type { RerunRow } from "./rerun.ts";
import type { RetryPolicy } from "./retry.ts";

/** What the journal knows of a plugin when its workflow starts. */
export interface Recovered {
  readonly image: StateImage;
  readonly nextSeq: number;
  readonly timers: readonly { name: string; due: number; payload: Uint8Array }[];
  /** What models were asked and have not answered. */
  readonly requests: readonly Asked[];
  /** When each scheduled handler is due, by its index. */
  readonly schedules: ReadonlyMap<number, number>;
  readonly pending: readonly PendingInput[];
  /** Batches whose outputs are not known to be with the broker. */
  readonly unsent: readonly { seq: number; count: number; effects: Uint8Array; withheld: Uint8Array | null }[];
  readonly checkpoints: readonly Checkpoint[];
  /** A version's gate is open. */
  readonly probation: Probation | undefined;
  /** Inputs are to be handled again before anything else. */
  readonly rerun: RerunRow | undefined;
}

/** What a workflow needs of the device. */
export interface WorkflowPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly alarms: AlarmQueue;
  readonly nextDue: NextDue;
  readonly faults: Faults;
  readonly retry: RetryPolicy;
  readonly inbox: InboxLimits;
  readonly seed: Seed;
  /** The device's models; none where absent. */
  readonly inferences?: Inferences;
  /** Gives outputs to the broker and to the other plugins. */
  send(plugin: string, messages: readonly Message[]): Promise<void>;
  /** Reads the plugin's committed rows again, after a commit failed. */
  recover(plugin: string, version: Version): Promise<Recovered>;
  /** The journal has no room: every plugin is to let go of what it can. */
  full(): void;
  emit(event: Omit<SystemEvent, "time">): void;
  /** The journal writes nothing more until it is opened again: only a new start helps. */
  broken(error: StepppsError): void;
  /** The plugin failed too often to go on by itself. */
  paused(plugin: string, error: StepppsError): void;
  /** What is kept since a version took over is as much as may be: its gate has to decide now. */
  probationFull?(plugin: string): void;
  /** How many bytes of recent inputs are kept. */
  historyBytes?(plugin: string): number;
}
