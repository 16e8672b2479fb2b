import { type Handler, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { StateEntries } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import { StateImage } from "./image.ts";
import { type PendingInput, pendingAdd } from "./pending.ts";
import type { TimerChange } from "./plan.ts";
import { type Kept, type Probation, readKept, rerunSet } from "./probation.ts";
import { type Asked, requestSet } from "./requests.ts";
import type { Jump, RerunRow } from "./rerun.ts";
import { Runner } from "./runner.ts";
import { Withholding } from "./sent.ts";
import { carry, cleared, durable, runningOf, schedules, setAll, takeCharge } from "./takeover.ts";
import type { Work } from "./work.ts";

/** Inputs that another workflow wrote down under a name of its own. */
export interface Adoption {
  readonly source: string;
  readonly version: string;
  readonly handlers: readonly Handler[];
  /** Numbers: from this one, up to that one, which is not of them. */
  readonly from: number;
  readonly to: number;
  readonly jumps: readonly Jump[];
}

/** The version that is taken back: the one at work, or one that could not be started. */
export interface Failed {
  readonly version: string;
  readonly handlers: readonly Handler[];
  readonly durable: boolean;
}

/**
 * Takes back the version on probation: state and timers are again what they were when it took over, in one commit with the note
 * that the inputs since are to be handled again (rerun.ts), which then happens before anything new.
 *
 *   What was sent stays sent. An output that the failed version committed and that was never given to the broker is dropped: the
 *   version that is back makes its own. One of which nobody knows whether the broker has it, is sent until it has.
 *
 *   Where the inputs of a trial were still to be handled, they come after those.
 *
 * Returns how many inputs there are at most. Throws E_PLUGIN_NO_PREVIOUS, or why the old version can't take its own state or
 * settings: the failed one is still in charge then.
 */
export async function restore(
  work: Work,
  version: Version,
  ops: readonly Op[],
  failed: Failed = atWork(work),
): Promise<{ inputs: number }> {
  const { ports, name } = work;
  return work.hold(async () => {
    const { probation } = work;
    if (!probation) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", name);
    const kept = work.kept ?? (await readRow(work));
    const image = new StateImage(kept.entries, version.manifest.limits.memoryBytes);
    ports.faults.pass("rollback:before-restore");
    const runner = new Runner(version);
    const end = work.seq;
    const dropped = work.outbox.drop(probation.seq);
    const left = work.rerun?.row;
    const again = durable(version) && failed.durable ? rerunRow(work.name, failed, probation, end, left) : undefined;
    // Without a rerun nothing tells the jumps of the clock one by one.
    const delta = again ? 0 : probation.jumps.reduce((sum, jump) => sum + jump.delta, 0);
    const timers = kept.timers.map((timer) => ({ ...timer, due: (timer.due ?? 0) + delta }));
    const requests = kept.requests.map((request) => ({ ...request, asked: ports.clock.now() }));
    const waiting = missing(work, kept);
    const checkpoint = durable(version) ? work.history.checkpoint(end, image.snapshot(), runningOf(version)) : undefined;
    const carried = carry(
      name,
      failed.handlers,
      version.manifest.handlers,
      await schedules(work),
      work.timers.overdue,
      kept.schedules,
    );
    try {
      await runner.start(image.restoreBatch(version.settings));
      await ports.journal.commit([
        ...ops,
        ["plugin.revert", name, version.manifest.version, end],
        ...work.pending.name(failed.handlers),
        ...stateOps(work, version, kept.entries, timers, requests),
        ...carried.ops,
        ...waiting.map((row) => pendingAdd(name, row)),
        ["probation.delete", name],
        ...(again ? [rerunSet(name, again)] : []),
        ...(dropped ? [["batch.withhold-all", name, dropped.first - 1, end] as const] : []),
        ...(checkpoint ? [checkpoint.op] : []),
      ]);
    } catch (error) {
      runner.close();
      dropped?.undo();
      throw error;
    }
    checkpoint?.committed();
    ports.faults.pass("rollback:after-restore");
    work.image = image;
    work.probation = undefined;
    work.kept = undefined;
    // In the journal they wait for their turn among the inputs that are handled again.
    const gone = (row: number | undefined) => again !== undefined && row !== undefined && row >= again.next && row < again.end;
    for (const offer of work.inbox.discard((offer) => gone(offer.row))) offer.settle();
    if (again) work.pending.forget(probation.seq, end);
    work.requests.restore([]);
    takeCharge(work, version, runner);
    work.tally = work.former ?? work.tally;
    work.former = undefined;
    if (again) work.timers.hold();
    work.timers.restore(timers);
    if (work.health !== "starting") {
      for (const row of waiting) work.pending.wait(row);
      work.timers.schedule(version.manifest, carried.due, carried.ringing);
    }
    begin(work, again ?? left);
    if (work.health !== "starting") work.requests.restore(requests);
    return { inputs: again ? end - again.next : 0 };
  });
}

/**
 * Has inputs that were written down under another name handled here, before anything new. `ops` are committed with the note of it.
 * `adoption` is asked when nothing is handled here any more: what comes from then on comes after them.
 */
export async function adopt(work: Work, adoption: () => Promise<Adoption>, ops: readonly Op[]): Promise<{ inputs: number }> {
  if (work.rerun) throw new StepppsError("E_PLUGIN_BUSY", work.name);
  // Where it fails nothing new is handled until it is asked for again: that would come before what is to be adopted.
  work.adopting ??= work.turns.block();
  const inputs = await work.hold(async () => {
    const { source, version, handlers, from, to, jumps } = await adoption();
    const row: RerunRow = { source, version, next: from, end: to, handlers: { [version]: handlers }, jumps };
    await work.ports.journal.commit([...ops, rerunSet(work.name, row)]);
    begin(work, row);
    return to - from;
  });
  work.adopting();
  work.adopting = undefined;
  return { inputs };
}

function begin(work: Work, row: RerunRow | undefined): void {
  work.withholding = new Withholding(false);
  work.rerun = row && work.rerunOf(row);
  if (row) work.requests.hold();
  if (row?.source === work.name) work.history.keepFrom(row.next);
  else work.history.keepFrom(work.probation?.seq, work.history.floorBytes);
}

/** What makes the journal have the old state and timers again. */
function stateOps(
  work: Work,
  version: Version,
  entries: StateEntries,
  timers: readonly (TimerChange & { due: number })[],
  requests: readonly Asked[],
): Op[] {
  const { name } = work;
  if (!durable(version)) return work.durable ? cleared(name) : [];
  const state = work.durable ? work.image.opsTo(name, entries) : setAll(name, entries);
  const set = timers.map((timer): Op => ["timer.set", name, timer.name, timer.due, timer.payload]);
  const asked = requests.map((request) => requestSet(name, request));
  return [...state, ["timer.clear", name], ...set, ["inference.clear", name], ...asked];
}

async function readRow(work: Work): Promise<Kept> {
  const [row] = await work.ports.journal.read("probation.kept", work.name);
  if (!row) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", work.name);
  return readKept(row);
}

function rerunRow(
  source: string,
  { version }: Failed,
  { seq, handlers, jumps }: Probation,
  end: number,
  later: RerunRow | undefined,
): RerunRow {
  const row = { source, version, next: seq, end, handlers, jumps };
  return later ? { ...row, later } : row;
}

function atWork({ version, handlers, durable }: Work): Failed {
  return { version: version.manifest.version, handlers, durable };
}

/** Timers that waited for another try when the failed version took over, and do so no more. */
function missing(work: Work, kept: Kept): PendingInput[] {
  const there = work.pending.rows();
  const gone = kept.waiting.filter((row) => !there.some(({ id }) => id === row.id));
  return gone.map((row) => ({ ...row, id: work.seq++ }));
}
