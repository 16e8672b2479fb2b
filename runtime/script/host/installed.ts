import type { Workflow } from "../workflow/workflow.ts";

/** A plugin at work. */
export interface Installed {
  readonly workflow: Workflow;
  /** Of its random numbers, and part of its outputs' names. */
  readonly seed: Uint8Array;
  /** The version that a rollback goes back to: the last one that passed its gate. */
  previousVersion: string | undefined;
}
