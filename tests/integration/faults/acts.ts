import type { FaultPoint } from "../../../runtime/contract/index.ts";

/** What is under way when something goes wrong. */
export type Act =
  | "messages"
  | "a timer"
  | "new metadata"
  | "a good version"
  | "a bad one"
  | "a good one on trial"
  | "a bad one on trial"
  | "one that can't be started again"
  | "one that is approved"
  | "one that the document names";

/** Points of the journal's thread are passed with every commit: commits.test.ts has those. Updates of the image are tested where they are. */
export type Point = Exclude<FaultPoint, `commit:${string}` | `update:${string}`>;

/** What leads to each point. A point that is not here does not compile. */
export const POINT_ACTS: Readonly<Record<Point, Act>> = {
  "ack:before": "messages",
  "output:before-send": "messages",
  "output:after-send": "messages",
  "transfer:after-chunk": "a good version",
  "transfer:whole": "a good version",
  "deploy:after-verify": "a good version",
  "deploy:after-approve": "a good version",
  "deploy:after-compile": "a good version",
  "deploy:after-migrate": "a good version",
  "deploy:after-shadow": "a good version",
  "deploy:after-store": "a good version",
  "canary:begun": "a good one on trial",
  "canary:before-settle": "a good one on trial",
  "canary:before-rollback": "a bad one on trial",
  "adopt:noted": "a bad one on trial",
  "adopt:handled": "a good one on trial",
  "swap:before-first": "a good version",
  "gate:before-settle": "a good version",
  "rollback:before-restore": "a bad one",
  "rollback:after-restore": "a bad one",
  "rollback:at-start": "one that can't be started again",
  "rerun:between": "a bad one",
  "trust:after-store": "new metadata",
  "timer:before-fire": "a timer",
};

/** Points to which other acts lead, too. */
const MORE: readonly [Point, Act][] = [
  ["rollback:before-restore", "one that can't be started again"],
  ["rollback:after-restore", "one that can't be started again"],
  ["rerun:between", "one that can't be started again"],
  ["deploy:after-approve", "one that is approved"],
  ["deploy:after-store", "one that is approved"],
  ["deploy:after-verify", "one that the document names"],
  ["deploy:after-store", "one that the document names"],
  ["gate:before-settle", "one that the document names"],
];

export const POINTS: readonly [Point, Act][] = [...(Object.entries(POINT_ACTS) as [Point, Act][]), ...MORE];

/** How long a version is watched, seconds: one that is to be damaged has to be on probation still. */
export function gateSeconds(act: Act): number {
  return act === "one that can't be started again" ? 600 : 1;
}
