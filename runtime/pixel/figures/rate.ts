import type { SystemStatus } from "../../contract/index.ts";

/** The device's state, and when it was taken by a clock that never goes back, in ms. */
export interface Reading {
  readonly at: number;
  readonly status: SystemStatus;
}

/** Per second. */
export interface Rates {
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Inputs handled, by plugin. */
  readonly handled: ReadonlyMap<string, number>;
}

/** What happened between two readings; all zero for the first reading, and after a restart set the counters back. */
export function ratesBetween(before: Reading | undefined, after: Reading): Rates {
  const sameRun = before?.status.startedAt === after.status.startedAt ? before : undefined;
  const rate = (from: number | undefined, to: number) => (sameRun ? perSecond(from ?? to, to, after.at - sameRun.at) : 0);
  const handledBefore = new Map(sameRun?.status.plugins.map(({ name, handled }) => [name, handled]));
  return {
    messagesIn: rate(sameRun?.status.counts.messagesIn, after.status.counts.messagesIn),
    messagesOut: rate(sameRun?.status.counts.messagesOut, after.status.counts.messagesOut),
    handled: new Map(after.status.plugins.map(({ name, handled }) => [name, rate(handledBefore.get(name), handled)])),
  };
}

/** What a counter grew by each second; 0 when it went back. */
export function perSecond(from: number, to: number, millis: number): number {
  return millis > 0 ? Math.max(0, to - from) / (millis / 1000) : 0;
}
