import type { Message, PluginSettings, StepppsError, SystemEvent } from "../../contract/index.ts";
import type { Bus } from "../../mqtt/index.ts";
import type { Op } from "../../store/index.ts";
import type { SignedPlugin } from "../../trust/index.ts";
import type { SandboxEngine } from "../sandbox/sandbox.ts";
import type { WorkflowPorts } from "../workflow/ports.ts";

/** What the plugins need of the device. */
export interface PluginHostOptions extends Omit<WorkflowPorts, "seed" | "send" | "recover" | "full"> {
  readonly engine: SandboxEngine;
  readonly bus: Pick<Bus, "subscribe" | "unsubscribe" | "publishAll" | "echoes">;
  /** The device document's part for a plugin. */
  settings(plugin: string): PluginSettings | undefined;
  /** What an envelope of the journal holds, whoever signed it: it was judged when it came. */
  stored(envelope: Uint8Array): SignedPlugin;
  emit(event: Omit<SystemEvent, "time">): void;
  /** Told of outputs on their way to the broker. */
  sending(plugin: string, messages: readonly Message[]): void;
  /** Why the plugin's version on probation, which may be what made the supervisor end, is not to be started again. */
  suspicion(plugin: string): StepppsError | undefined;
  /** The plugin's version on probation is taken back as the plugin starts, for that reason. */
  takenBack(plugin: string, error: StepppsError): TakenBack;
  /** When the gate of the plugin's version is over, ms since the epoch; undefined where none is open. */
  probationUntil(plugin: string): number | undefined;
  /** A version on trial failed too often to go on. */
  canaryPaused(plugin: string, error: StepppsError): void;
}

/** What goes with a version that is taken back as its plugin starts. */
export interface TakenBack {
  /** The version at work when its deploy began; undefined where no deploy of the plugin is on probation. */
  readonly previous: string | undefined;
  /** Committed with it. */
  readonly ops: readonly Op[];
  /** Called once that is on disk. */
  told(): void;
}

/** How a version takes over. */
export interface SwapPlan {
  /** Committed with it. */
  ops(): readonly Op[];
  /** Whether old state and the inputs since are kept until `settle` or `restore`. */
  readonly gate: boolean;
  /** Whether the version that is left is the one that a rollback goes back to. */
  readonly mayReturn: boolean;
}
