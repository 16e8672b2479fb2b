import type { ImageStatus, UpdateReport } from "../../contract/update.ts";
import { formatBytes } from "../format.ts";

/** "3f9a01c2  1.1.0 into slot b  fetch  40%, 1.2 MiB fetched". */
export function formatUpdate({ id, version, slot, step, outcome, progress, waits, error }: UpdateReport): string {
  const what = outcome === "running" || outcome === "waiting" ? step : outcome;
  const share = progress && `${Math.floor((progress.done * 100) / progress.total)}%, ${formatBytes(progress.fetched)} fetched`;
  const why = error && `${error.code}: ${error.what}${error.detail ? `: ${error.detail}` : ""}`;
  const rest = [share, waits && `waits for ${waits}`, why].filter(Boolean).join("; ");
  const name = /^0+$/.test(id) ? "" : `${id.slice(0, 8)}  `;
  return `${name}${version} into slot ${slot}  ${what}${rest ? `  ${rest}` : ""}`;
}

export function formatImage({ board, version, slot, blessed, other, update }: ImageStatus): string {
  const lines = [`${board} ${version} · slot ${slot} · ${blessed ? "good" : "on trial"}`];
  if (other) lines.push(`other slot  ${other.version}`);
  if (update) lines.push(`last update  ${formatUpdate(update)}`);
  if (update?.log) lines.push("", `what the failed start left (${update.slot}):`, update.log.trimEnd());
  return lines.join("\n");
}
