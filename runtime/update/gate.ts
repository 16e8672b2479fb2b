import type { Clock } from "../platform/index.ts";
import type { Before } from "./record.ts";

/** One thing that has to be as it was. Says what is wrong, or nothing. */
export interface HealthCheck {
  readonly name: string;
  fault(before: Before): Promise<string | undefined> | string | undefined;
}

export interface GateOptions {
  readonly checks: readonly HealthCheck[];
  readonly before: Before;
  readonly clock: Clock;
  /** ms for which all of it has to be well without a break. */
  readonly steadyMs: number;
  /** ms until it is given up. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const LOOK_MS = 1_000;

/** What is wrong at the end of its time; undefined when it passed. */
export async function passGate({ checks, before, clock, steadyMs, limitMs, signal }: GateOptions): Promise<string | undefined> {
  const end = clock.monotonic() + Math.max(limitMs, steadyMs);
  let since: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const faults = await faultsOf(checks, before);
    const now = clock.monotonic();
    since = faults.length > 0 ? undefined : (since ?? now);
    if (since !== undefined && now - since >= steadyMs) return undefined;
    if (now >= end) return faults.join("; ") || "it was well for too short a time";
    await new Promise<void>((resolve) => void clock.after(Math.min(LOOK_MS, steadyMs || LOOK_MS), resolve));
  }
}

async function faultsOf(checks: readonly HealthCheck[], before: Before): Promise<string[]> {
  const found = await Promise.all(
    checks.map(async ({ name, fault }) => {
      try {
        const said = await fault(before);
        return said === undefined ? [] : [`${name}: ${said}`];
      } catch (error) {
        return [`${name}: ${error instanceof Error ? error.message : error}`];
      }
    }),
  );
  return found.flat();
}
