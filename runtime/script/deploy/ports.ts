import type { DeployReport, Faults, PluginSettings, SystemEvent } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Authority } from "../../trust/index.ts";
import type { PluginHost } from "../host/plugin-host.ts";

/** Who may deploy what. */
export type PluginAuthority = Pick<Authority, "plugin" | "accept" | "stored">;

/** What deploys need of the device. */
export interface DeployPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly authority: PluginAuthority;
  readonly host: PluginHost;
  readonly limits: DeployLimits;
  /** The device document's part for a plugin. */
  settings(plugin: string): PluginSettings | undefined;
  emit(event: Omit<SystemEvent, "time">): void;
  /** Told of every outcome, also those that nobody waits for. */
  reported(report: DeployReport): void;
}

/** As the device document has them now. */
export interface DeployLimits {
  /** How long a new version is watched. 0: it is at work for good at once. */
  gateMillis(): number;
  /** How long one may wait for a person. */
  approvalMillis(): number;
  /** Rows of deploys that are over and kept. */
  rows(): number;
}
