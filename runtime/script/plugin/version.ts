import type { Limits, Manifest } from "../../contract/index.ts";
import type { Guest, SandboxEngine } from "../sandbox/sandbox.ts";
import { createGrants, type Grants, handlerFilter } from "./grants.ts";
import type { Settings } from "./pattern.ts";
import { encodeSettings, resolveSettings } from "./settings.ts";

/** A message handler's filter with the settings filled in. */
export interface HandlerFilter {
  readonly filter: string;
  /** Index into the manifest's handlers. */
  readonly handler: number;
}

/** One version of a plugin with its settings on this device, ready to run. */
export interface Version {
  readonly manifest: Manifest;
  readonly guest: Guest;
  readonly limits: Limits;
  /** CBOR of the settings, as a `configure` input carries them. */
  readonly settings: Uint8Array;
  readonly grants: Grants;
  readonly filters: readonly HandlerFilter[];
}

/** Compiles `wasm` and checks the settings against the manifest. Throws E_GUEST_*, E_PLUGIN_CONFIG, E_PLUGIN_DENIED. */
export async function prepareVersion(
  engine: SandboxEngine,
  manifest: Manifest,
  wasm: Uint8Array,
  given: Settings,
): Promise<Version> {
  const settings = resolveSettings(manifest, given);
  const grants = createGrants(manifest, settings);
  const filters = manifest.handlers.flatMap((handler, index) =>
    handler.kind === "message" ? [{ filter: handlerFilter(manifest, handler.filter, settings), handler: index }] : [],
  );
  const guest = await engine.compile(wasm);
  return { manifest, guest, limits: manifest.limits, settings: encodeSettings(manifest, settings), grants, filters };
}
