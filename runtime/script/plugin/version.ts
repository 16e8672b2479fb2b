import type { Limits, Manifest } from "../../contract/index.ts";
import type { Guest, SandboxEngine } from "../sandbox/sandbox.ts";
import { createGrants, type Grants, handlerFilter, publishFilters } from "./grants.ts";
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
  /** As the device document gives them; the others have their defaults. */
  readonly given: Settings;
  /** CBOR of the settings, as a `configure` input carries them. */
  readonly settings: Uint8Array;
  readonly grants: Grants;
  readonly filters: readonly HandlerFilter[];
  /** Where it may publish, filled in as the filters are. */
  readonly publishes: readonly string[];
}

/** A version with its settings, without its code. Throws E_PLUGIN_CONFIG, E_PLUGIN_DENIED. */
export function describeVersion(manifest: Manifest, given: Settings): Omit<Version, "guest"> {
  const settings = resolveSettings(manifest, given);
  const publishes = publishFilters(manifest, settings);
  const filters = manifest.handlers.flatMap((handler, index) =>
    handler.kind === "message" ? [{ filter: handlerFilter(manifest, handler.filter, settings), handler: index }] : [],
  );
  const grants = createGrants(manifest, publishes);
  return { manifest, given, limits: manifest.limits, settings: encodeSettings(manifest, settings), grants, filters, publishes };
}

/** Compiles `wasm` and checks the settings against the manifest. Throws E_GUEST_*, E_PLUGIN_CONFIG, E_PLUGIN_DENIED. */
export async function prepareVersion(
  engine: SandboxEngine,
  manifest: Manifest,
  wasm: Uint8Array,
  given: Settings,
): Promise<Version> {
  const described = describeVersion(manifest, given);
  return { ...described, guest: await engine.compile(wasm) };
}
