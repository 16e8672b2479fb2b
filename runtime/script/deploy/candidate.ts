import { type PluginSettings, StepppsError } from "../../contract/index.ts";
import type { AuthorisedPlugin } from "../../trust/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Deployment } from "./deployment.ts";

/** A deploy on its way, with what the steps so far have come to. */
export interface Candidate {
  readonly deployment: Deployment;
  readonly envelope: Uint8Array;
  readonly plugin: AuthorisedPlugin;
  /** The version at work; undefined for a plugin that is new, or could not be started. */
  readonly now?: Version;
  /** Its settings alone are new. */
  readonly reconfigures: boolean;
  /** Compiled. */
  readonly next?: Version;
}

/** What a step comes to: the deploy goes on, or waits for a person. */
export type StepResult =
  | { readonly kind: "on"; readonly candidate: Candidate }
  | { readonly kind: "wait"; readonly asks: readonly string[] };

export function goOn(candidate: Candidate): StepResult {
  return { kind: "on", candidate };
}

export function compiled({ next }: Candidate): Version {
  if (!next) throw new Error("a step came before the code was compiled");
  return next;
}

/** Throws E_DEPLOY_FIXED unless the document lets that version of the plugin run. */
export function checkDocument(plugin: string, version: string, { enabled, version: fixed }: PluginSettings = {}): void {
  if (enabled === false) throw new StepppsError("E_DEPLOY_FIXED", `${plugin} is switched off`);
  if (fixed !== undefined && fixed !== version) throw new StepppsError("E_DEPLOY_FIXED", `${plugin} has to be ${fixed}`);
}

export function because(error: StepppsError): { code: string; detail: string } {
  return { code: error.code, detail: error.detail.slice(0, 4000) };
}
