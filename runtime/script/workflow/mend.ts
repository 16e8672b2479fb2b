import { asStepppsError, type StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { Unit } from "./committer.ts";
import type { Handling } from "./handling.ts";
import type { Recovered } from "./ports.ts";
import { idOf } from "./requests.ts";
import type { RerunRow } from "./rerun.ts";
import type { Work } from "./work.ts";

const COMMIT_RETRY_MS = 1_000;

/** Answers of the journal after which it takes nothing more. */
const FINAL: ReadonlySet<string> = new Set(["E_STORE_IO", "E_STORE_CORRUPT"]);
/** Answers that the same ops get whenever they come. */
const NEVER: ReadonlySet<string> = new Set(["E_STORE_CONFLICT", "E_STORE_VALUE"]);
/** What an input that is given up consumes all the same; the rest of its ops may be what the journal refuses. */
const OWN: ReadonlySet<string> = new Set(["pending.delete", "timer.delete", "inference.delete", "dead.delete", "rerun.next"]);

/**
 * Nothing of `lost` is on disk, and the instance is ahead of the disk: back to what is there, then once more. Where the journal will
 * never take it, one by one, until the input that is to blame stands alone: that one becomes a dead letter.
 */
export async function commitFailed(work: Work, handling: Handling, closed: StepppsError, error: unknown, lost: readonly Unit[]) {
  const { ports } = work;
  const fault = asStepppsError(error, "E_STORE_IO");
  work.lastError = fault;
  ports.emit({ kind: "store.full", level: "error", plugin: work.name, code: fault.code, text: fault.message });
  if (FINAL.has(fault.code)) ports.broken(fault);
  if (fault.code === "E_STORE_FULL") {
    ports.full();
    work.batchLimit = 1;
  }
  const offers = lost.flatMap((unit) => unit.offers);
  if (work.closing) {
    for (const offer of offers) offer.settle(closed);
    return;
  }
  const guilty = NEVER.has(fault.code) && work.careful > 0 && lost[0]?.offers.length === 1 ? lost[0].offers[0] : undefined;
  if (!work.durable) {
    // There is nothing to go back to: what was done stands, and is acknowledged later.
    await pauseBeforeRetry(work);
    for (const unit of guilty ? lost.slice(1) : lost) work.committer.add(unit);
    if (guilty) guilty.settle();
    else if (NEVER.has(fault.code)) work.careful = offers.length;
    return;
  }
  if (work.health === "healthy") work.health = "backing-off";
  const unblock = work.turns.block();
  work.epoch++;
  await work.handling;
  work.runner.close();
  work.timers.restore([]);
  work.requests.restore([]);
  work.pending.clear();
  if (NEVER.has(fault.code)) work.careful = offers.length + (work.rerun ? 1 : 0);
  const waiting = [...offers, ...work.inbox.drain()];
  work.inbox.unshift(waiting.filter((offer) => !offer.kept && offer !== guilty));
  const recovered = await recoverOrClose(work);
  if (recovered) {
    work.image = recovered.image;
    work.history.reset(recovered.checkpoints);
    work.timers.release();
    work.requests.release();
    const ops = (guilty?.ops ?? []).filter(([name]) => OWN.has(name));
    work.keep(work.probation, passedOver(recovered.rerun, ops));
    work.timers.restore(
      recovered.timers.filter(({ name }) => guilty?.kind !== "timer" || guilty.row !== undefined || guilty.name !== name),
    );
    work.requests.restore(recovered.requests.filter((one) => idOf(one) !== guilty?.request));
    for (const row of recovered.pending) if (row.id !== guilty?.row) work.pending.wait(row);
    if (guilty) handling.bury(guilty, fault, ops);
  }
  work.mended = ports.clock.now();
  unblock();
}

/** The inputs to be handled again, less the one that `ops` give up. */
function passedOver(rerun: RerunRow | undefined, ops: readonly Op[]): RerunRow | undefined {
  const next = ops.find((op) => op[0] === "rerun.next");
  return rerun && next ? { ...rerun, next: next[2] as number } : rerun;
}

async function recoverOrClose(work: Work): Promise<Recovered | undefined> {
  let recovered: Recovered | undefined;
  while (!recovered && !work.closing) {
    await pauseBeforeRetry(work);
    recovered = await work.ports.recover(work.name, work.version).catch(() => undefined);
  }
  return recovered;
}

function pauseBeforeRetry(work: Work): Promise<void> {
  return new Promise((resolve) => {
    const alarm = work.ports.clock.after(COMMIT_RETRY_MS, resolve);
    work.hurry = () => {
      alarm.cancel();
      resolve();
    };
  });
}
