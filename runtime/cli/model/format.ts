import type { ModelStatus } from "../../contract/model.ts";
import { formatBytes } from "../format.ts";
import { table } from "../output.ts";

/** Models as a table. */
export function formatModels(models: readonly ModelStatus[]): string {
  if (models.length === 0) return "no models";
  const rows = models.map(({ name, version = "", state, provider = "", size, inputs = [], outputs = [], error }) => [
    name,
    version,
    state,
    provider,
    size === undefined ? "" : formatBytes(size),
    error ? `${error.code}: ${error.detail}` : `${inputs.join(", ")} -> ${outputs.join(", ")}`,
  ]);
  return table([["MODEL", "VERSION", "STATE", "RUNS ON", "SIZE", "TAKES AND GIVES"], ...rows]);
}
