import type { PluginStatus } from "../../contract/index.ts";
import type { Canary } from "./canaries.ts";
import type { Installed } from "./installed.ts";

/** A plugin at a glance, as of now. `until`: when its gate is over, ms since the epoch. */
export function statusOf(
  { workflow, previousVersion }: Readonly<Installed>,
  canary: Canary | undefined,
  until: number | undefined,
): PluginStatus {
  const { name, version, durability } = workflow.version.manifest;
  const { count, p50, p99, max, total, traps, deadlines, lagP99, failures } = workflow.record.snapshot();
  return {
    name,
    version,
    durability,
    ...(previousVersion && { previousVersion }),
    ...workflow.counts,
    ...workflow.report,
    ...(until !== undefined && { probationUntil: until }),
    calls: { count, p50, p99, max, total, traps, deadlines, lagP99 },
    failuresByCode: failures,
    ...(canary && { canary: { version: canary.workflow.version.manifest.version, percent: canary.percent } }),
  };
}
