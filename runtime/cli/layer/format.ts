import type { LayerReport, LayerStatus } from "../../contract/layer.ts";
import { formatBytes } from "../format.ts";

/** "3f9a01c2  wifi 1.0.0  6.8 MiB  fetching  40%". */
export function formatLayer({ id, name, version, state, size, fetched, error }: LayerReport): string {
  const share = fetched === undefined ? "" : `  ${Math.floor((fetched * 100) / size)}%`;
  const why = error ? `  ${error.code}: ${error.what}${error.detail ? `: ${error.detail}` : ""}` : "";
  return `${id.slice(0, 8)}  ${name} ${version}  ${formatBytes(size)}  ${state}${share}${why}`;
}

export function formatLayers({ layers, last }: LayerStatus): string {
  const lines = layers.map(formatLayer);
  if (last && last.state !== "mounted") lines.push(`last one  ${formatLayer(last)}`);
  return lines.join("\n") || "no layers";
}
