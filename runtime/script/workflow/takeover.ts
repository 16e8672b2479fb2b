import type { Handler } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { StateEntries } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import type { Running } from "./history.ts";
import { type Kept, waitingOwn } from "./probation.ts";
import { Tally } from "./record.ts";
import { renumber } from "./renumber.ts";
import type { Runner } from "./runner.ts";
import type { Work } from "./work.ts";

export function runningOf({ manifest, settings }: Version): Running {
  return { version: manifest.version, settings };
}

export function durable({ manifest }: Version): boolean {
  return manifest.durability === "durable";
}

/** The version is at work, and what waits is for its handlers. */
export function takeCharge(work: Work, version: Version, runner: Runner): void {
  const from = work.version.manifest.handlers;
  const to = version.manifest.handlers;
  work.inbox.renumber(({ handler, method }) => renumber(from, to, handler, method));
  work.runner.close();
  if (work.version.guest !== version.guest) work.version.guest.close();
  work.runner = runner;
  work.version = version;
  work.inbox.discard(({ request }) => request !== undefined);
  work.requests.again();
  work.tally = new Tally();
  work.inherit();
  work.failuresInRow = 0;
  work.lastError = undefined;
  if (work.health === "starting" || work.health === "healthy") return;
  work.health = "healthy";
  work.pending.release();
}

/** What the plugin is now, for a rollback. */
export function keep({ image, timers, requests, pending }: Work, schedules: Kept["schedules"]): Kept {
  const waiting = waitingOwn(pending.rows());
  return { entries: new Map(image.entries), timers: timers.all(), requests: requests.all(), waiting, schedules };
}

/** When each scheduled handler is due, as far as the journal remembers that, or is about to. */
export async function schedules({ ports, name, handlers, committer }: Work): Promise<Map<number, number>> {
  if (!handlers.some(({ kind }) => kind === "every" || kind === "cron")) return new Map();
  const later = committer.uncommitted().filter((op) => op[0] === "schedule.set");
  const rows = await ports.journal.read("schedule.all", name);
  return new Map([
    ...rows.map(({ handler, due }) => [handler, due] as const),
    ...later.map(([, , handler, due]) => [handler, due] as const),
  ]);
}

export function setAll(name: string, entries: StateEntries): Op[] {
  return [["state.clear", name], ...[...entries].map(([key, value]): Op => ["state.set", name, key, value])];
}

export function cleared(name: string): Op[] {
  return [
    ["state.clear", name],
    ["timer.clear", name],
    ["inference.clear", name],
  ];
}

/** Schedules of a version that takes over from another. */
export interface Carried {
  readonly due: ReadonlyMap<number, number>;
  readonly ringing: readonly number[];
  readonly ops: readonly Op[];
}

/** Schedules that both versions have go on; of the others those of `kept` go on from where they stood. */
export function carry(
  plugin: string,
  from: readonly Handler[],
  to: readonly Handler[],
  due: ReadonlyMap<number, number>,
  ringing: readonly number[],
  kept: ReadonlyMap<number, number> = new Map(),
): Carried {
  const texts = from.map((handler) => JSON.stringify(handler));
  const next = new Map<number, number>();
  const ring: number[] = [];
  for (const [index, handler] of to.entries()) {
    const before = texts.indexOf(JSON.stringify(handler));
    const at = before < 0 ? kept.get(index) : due.get(before);
    if (at !== undefined) next.set(index, at);
    if (before >= 0 && ringing.includes(before)) ring.push(index);
  }
  const ops = [...next].map(([handler, at]): Op => ["schedule.set", plugin, handler, at]);
  return { due: next, ringing: ring, ops: [["schedule.clear", plugin], ...ops] };
}
