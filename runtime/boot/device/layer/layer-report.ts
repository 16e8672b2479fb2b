import type { LayerManifest, LayerReport, StepppsError } from "../../../contract/index.ts";
import type { SignedLayer } from "../../../trust/index.ts";

/** A layer that was to be mounted, and what came of it. */
export interface Mounted {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly manifest?: LayerManifest;
  /** Of its dm-verity device. */
  readonly device?: string;
  readonly error?: StepppsError;
}

/** What is known of a layer before it is here. */
export function aboutLayer({ id, manifest: { name, version, size } }: SignedLayer) {
  return { id, name, version, size };
}

export function reportOf({ name, id, version, manifest, device, error }: Mounted): LayerReport {
  const state = device !== undefined && !error ? "mounted" : "failed";
  return { id, name, version, state, size: manifest?.size ?? 0, ...(error && { error: plain(error) }) };
}

/** As it goes over MQTT. */
export function plain({ code, row, detail }: StepppsError) {
  return { code, what: row.what, detail, fix: row.fix };
}
