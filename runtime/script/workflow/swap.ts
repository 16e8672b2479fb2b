import { StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { migrate, type StateEntries } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import type { StateImage } from "./image.ts";
import { type Kept, type Probation, probationSet } from "./probation.ts";
import { Runner } from "./runner.ts";
import { carry, cleared, durable, keep, runningOf, schedules, setAll, takeCharge } from "./takeover.ts";
import type { Work } from "./work.ts";

/** How a version takes over. */
export interface SwapOptions {
  /** Committed with it; asked when the old version has handled its last input. */
  ops(): readonly Op[];
  /** Whether the old state, its timers and the inputs since are kept until `settle` or `restore`. */
  readonly gate: boolean;
}

export interface Swapped {
  /** The first input that is the new version's. */
  readonly seq: number;
  /** How long nothing was handled, ms. */
  readonly gapMillis: number;
}

/**
 * Puts another version in charge between two inputs. What it takes to find out that it can't is done before the old one pauses;
 * then one commit makes the change, behind what the old one did or in one transaction with it:
 *
 *   old handles … │ hold: restore a fresh instance, commit {last batches, ops, state, checkpoint, probation} │ … new handles
 *
 * Throws, with the old version at work, when the new one can't take the state or its settings, or the commit fails.
 */
export async function swap(work: Work, version: Version, { ops, gate }: SwapOptions): Promise<Swapped> {
  const { ports } = work;
  const runner = new Runner(version);
  const rehearsed = await rehearse(work, version, runner);
  return work.between(async (rested) => {
    let committed = false;
    try {
      const { image, due } = await upToDate(work, version, runner, rehearsed);
      // From here to the commit nothing is waited for: what is read of the workflow is what the commit follows.
      const old = work.version;
      const keeps = gate && !work.rerun;
      const state = image.snapshot();
      const carried = carry(work.name, work.handlers, version.manifest.handlers, due, work.timers.overdue);
      const kept = keeps && !work.probation ? keep(work, due) : undefined;
      const checkpoint = durable(version) ? work.history.checkpoint(work.seq, state, runningOf(version)) : undefined;
      const seq = work.seq;
      const probation = keeps ? probationOf(work, version) : undefined;
      await work.commitBehind([
        ...ops(),
        ...work.pending.name(old.manifest.handlers),
        ...durabilityOps(work, version, image.entries),
        ...probationOps(work, probation, kept),
        ...(checkpoint ? [checkpoint.op] : []),
        ...carried.ops,
      ]);
      committed = true;
      checkpoint?.committed();
      ports.faults.pass("deploy:after-store");
      work.probation = probation;
      work.kept = probation && (kept && !durable(old) ? kept : work.kept);
      work.fullTold = false;
      if (probation?.seq === seq) work.history.keepFrom(seq);
      else if (!probation && !work.rerun) work.history.keepFrom(undefined);
      work.image = image;
      work.former = probation && (work.former ?? work.tally);
      takeCharge(work, version, runner);
      work.timers.schedule(version.manifest, carried.due, carried.ringing);
    } finally {
      if (!committed) runner.close();
    }
    ports.faults.pass("swap:before-first");
    return { seq: work.seq, gapMillis: ports.clock.monotonic() - rested };
  });
}

/** The runner has the state that the old version rested with, of which not all is on disk yet. */
async function upToDate(work: Work, version: Version, runner: Runner, rehearsed: Rehearsal) {
  const { committer } = work;
  for (let taken = rehearsed; ; taken = await rehearse(work, version, runner)) {
    if (committer.mending) {
      await committer.idle();
      // Who closes does not wait for what the failed commit took with it: the state is not what is on disk.
      if (work.closing) throw new StepppsError("E_PLUGIN_CLOSED", work.name);
    }
    const { epoch } = work;
    const due = await schedules(work);
    // It holds as long as the state is what it was; a commit that failed meanwhile took it back.
    const same = taken.image === work.image && taken.revision === work.image.revision && epoch === work.epoch;
    if (same && !committer.mending) return { image: taken.next, due };
  }
}

/** The version on probation stays: what was kept for a rollback goes. */
export async function settle(work: Work, ops: readonly Op[]): Promise<void> {
  const { ports, name } = work;
  ports.faults.pass("gate:before-settle");
  await ports.journal.commit([...ops, ["probation.delete", name]]);
  work.probation = undefined;
  work.kept = undefined;
  work.former = undefined;
  if (!work.rerun) work.history.keepFrom(undefined);
}

interface Rehearsal {
  readonly image: StateImage;
  readonly revision: number;
  readonly next: StateImage;
}

/** Takes the state as of now, while the old version goes on: whoever can't is told so before anything pauses. */
async function rehearse(work: Work, version: Version, runner: Runner): Promise<Rehearsal> {
  const { image } = work;
  const { revision } = image;
  const taken = await next(work, version);
  try {
    await runner.start(taken.restoreBatch(version.settings));
  } catch (error) {
    runner.close();
    throw error;
  }
  return { image, revision, next: taken };
}

/** The state that the version begins with. */
async function next(work: Work, version: Version): Promise<StateImage> {
  const { image, ports } = work;
  const from = work.version.manifest.version;
  const time = ports.clock.now();
  const { limits, migrates } = version.manifest;
  const { changes } =
    migrates && version.manifest.version !== from
      ? await migrate(version, { from, time, entries: new Map(image.entries) })
      : { changes: new Map<string, Uint8Array | undefined>() };
  return image.with(changes, limits.memoryBytes);
}

/** A version that follows one on probation: the rollback still goes to the last one that passed. */
function probationOf(work: Work, { manifest }: Version): Probation {
  const { probation, version, seq, tally, ports } = work;
  const old = version.manifest;
  const first = { previous: old.version, seq, before: tally.snapshot(), handlers: { [old.version]: old.handlers }, jumps: [] };
  const kept = probation ?? first;
  const handlers = { ...kept.handlers, [manifest.version]: manifest.handlers };
  return { ...kept, version: manifest.version, since: ports.clock.now(), handlers };
}

function probationOps(work: Work, probation: Probation | undefined, kept: Kept | undefined): Op[] {
  const { name } = work;
  if (!probation) return [["probation.delete", name]];
  const { version, since, handlers } = probation;
  if (!kept) return [["probation.move", name, version, since, JSON.stringify(handlers)]];
  if (!work.durable) return [];
  return [probationSet(name, probation, work.image.snapshot(), kept)];
}

/** What makes the journal have the new version's state, or none where it keeps none there. */
function durabilityOps(work: Work, version: Version, entries: StateEntries): Op[] {
  const { name, image, timers, requests } = work;
  if (durable(version) && work.durable) return image.opsTo(name, entries);
  if (durable(version)) return [...setAll(name, entries), ...timers.ops(), ...requests.ops()];
  return work.durable ? cleared(name) : [];
}
