import { type Ask, filterCovers, type Limits } from "../../contract/index.ts";
import type { Version } from "../plugin/version.ts";

/** What of a version its asks follow from. Publish filters and subscriptions are filled in with the device's settings. */
export type Rights = Pick<Version, "manifest" | "limits" | "filters" | "publishes">;

const LIMITS = ["memoryBytes", "deadlineMs", "effectBytes"] as const satisfies readonly (keyof Limits)[];

/** What `next` may do that `now` may not. Without a version at work the answer is empty: its owner's signature is the approval. */
export function asksOf(now: Rights | undefined, next: Rights): Ask[] {
  if (!now) return [];
  const before = now.manifest.capabilities;
  const after = next.manifest.capabilities;
  const heard = now.filters.map(({ filter }) => filter);
  return [
    ...uncovered(now.publishes, next.publishes).map((filter): Ask => ({ kind: "publish", filter })),
    ...uncovered(
      heard,
      next.filters.map(({ filter }) => filter),
    ).map((filter): Ask => ({ kind: "subscribe", filter })),
    ...(after.timers && !before.timers ? [{ kind: "timers" } as const] : []),
    ...(after.state && !before.state ? [{ kind: "state" } as const] : []),
    ...[...new Set(after.infer)]
      .filter((model) => !before.infer?.includes(model))
      .map((model): Ask => ({ kind: "infer", model })),
    ...LIMITS.filter((limit) => next.limits[limit] > now.limits[limit]).map(
      (limit): Ask => ({ kind: "limit", limit, from: now.limits[limit], to: next.limits[limit] }),
    ),
    ...(next.manifest.durability === "memory" && now.manifest.durability === "durable" ? [{ kind: "memory-only" } as const] : []),
  ];
}

/** Filters of `wanted` that no one of `had` covers, each once. */
function uncovered(had: readonly string[], wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((filter) => !had.some((outer) => filterCovers(outer, filter)));
}
