import type { QueryRow } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Recovered } from "../workflow/ports.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { PluginHostOptions } from "./host-options.ts";
import type { StoredVersions } from "./stored-versions.ts";

/** What it takes to start a plugin of the journal. */
export interface StartPorts {
  readonly options: Pick<PluginHostOptions, "journal" | "clock" | "faults" | "suspicion" | "takenBack">;
  readonly versions: StoredVersions;
  /** A workflow that has not begun. */
  create(version: Version, seed: Uint8Array, recovered: Recovered): Workflow;
}

/** A plugin with its state, to be opened once it has its topics. */
export interface Started {
  readonly workflow: Workflow;
  readonly version: Version;
  /** The version that a rollback goes back to. */
  readonly previousVersion: string | undefined;
  /** It is to come back in place of a version that can't be started, and the journal could not take that yet. */
  readonly unfinished?: Unfinished;
}

export interface Unfinished {
  readonly error: unknown;
  /** Tries again; the plugin may be opened then. Throws as `startPlugin` does. */
  finish(): Promise<void>;
}

export type PluginRow = QueryRow<"plugin.one">;

/** The journal's doing, not a version's. */
export function isStoreFault(code: string): boolean {
  return code.startsWith("E_STORE_");
}
