import { join } from "node:path";
import {
  asStepppsError,
  IMAGE_PARTS,
  type ImageManifest,
  type ImagePart,
  otherSlot,
  type Slot,
  StepppsError,
  type UpdateStep,
} from "../contract/index.ts";
import { blocksOf } from "./bundle/blocks.ts";
import { passGate } from "./gate.ts";
import type { UpdatePorts } from "./ports.ts";
import type { Current } from "./record.ts";
import { findKnownBlocks } from "./slot/known-blocks.ts";
import { readBack } from "./slot/read-back.ts";
import { writePart } from "./slot/write-part.ts";
import type { ByteSource } from "./source/byte-source.ts";
import { lastingSource } from "./source/lasting-source.ts";
import { minutesUntil, parseWindow } from "./window.ts";

export interface StepContext extends UpdatePorts {
  /** Of the image under way, verified when it came. Throws E_IMAGE where there is none. */
  manifest(current: Current): Promise<ImageManifest>;
  readonly signal: AbortSignal;
  /** On the disk before this resolves. */
  keep(current: Current): Promise<void>;
  progress(done: number, total: number, fetched: number): void;
  waits(reason: string | undefined): void;
}

/** What follows: the update as it is now, or nothing while somebody else has to go on: a person, or the next start. */
type Step = (current: Current, context: StepContext) => Promise<Current | undefined>;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const LONGEST_LOOK_MS = 10 * 60_000;
/** Of a try that a power cut can end as well as a fault. */
const ATTEMPTS = 3;

/** Each step; every one of them may be begun again after it was cut short anywhere. */
export const STEPS: Readonly<Record<UpdateStep, Step>> = {
  approve: async (current, { settings }) => {
    if (settings().approve && !current.approved) return undefined;
    return { ...current, step: "fetch", outcome: "running" };
  },
  fetch: async (current, context) => {
    await context.boot.retire(current.slot);
    await using source = lastingSource(context, current.source);
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const bytes = await fetchImage(current, context, source);
        context.faults.pass("update:after-fetch");
        return { ...current, step: "verify", bytes };
      } catch (thrown) {
        context.signal.throwIfAborted();
        const error = asStepppsError(thrown, "E_FILE");
        if (error.code !== "E_UPDATE_SOURCE") throw error;
        context.waits(`another try in ${Math.ceil(pause / 1000)} s: ${error.detail}`);
        await sleep(context, pause);
        context.waits(undefined);
      }
    }
  },
  verify: async (current, context) => {
    const { parts } = await context.manifest(current);
    for (const part of parts) await readBack(targetOf(part, current.slot, context), part, context.signal);
    return { ...current, step: "window" };
  },
  window: async (current, context) => {
    for (;;) {
      const { window, timezone } = context.settings();
      const minutes = window === undefined ? 0 : minutesUntil(parseWindow(window), context.clock.now(), timezone);
      if (minutes === 0) return { ...current, step: "try", outcome: "running" };
      context.waits(`the maintenance window ${window}`);
      await sleep(context, Math.min(minutes * 60_000, LONGEST_LOOK_MS));
    }
  },
  try: async (current, context) => {
    const { boot, bootId, faults, slot, folder, clearStartLog } = context;
    if (current.slot === slot) return { ...current, step: "gate" };
    const isTold = current.told === true && current.bootId !== bootId;
    if (isTold && (!boot.oneShot || current.attempts >= ATTEMPTS)) throw failedBoot(current.slot);
    if (current.attempts >= ATTEMPTS) throw failedBoot(current.slot);
    if (current.attempts === 0) {
      await folder.clearBootLog();
      await clearStartLog(current.slot);
    }
    const asked = { ...current, attempts: current.attempts + 1, bootId, told: false, before: current.before ?? context.before() };
    await context.keep(asked);
    if (current.source) await stage(current, context);
    faults.pass("update:before-try");
    const restart = await boot.try(current.slot);
    faults.pass("update:after-try");
    await context.keep({ ...asked, told: true });
    context.restart(restart);
    return undefined;
  },
  gate: async (current, context) => {
    const { boot, slot, facts, authority, faults, folder, checks, clock, signal } = context;
    if (current.slot !== slot)
      throw current.error ? new StepppsError("E_UPDATE_GATE", current.error.detail) : failedBoot(current.slot);
    if (current.error) return goBack(current, context);
    if (!(await boot.blessed(slot))) {
      const { steadyMs, limitMs } = context.settings();
      const before = current.before ?? { plugins: [], broker: true, uplink: false };
      const fault = await passGate({ checks, before, clock, steadyMs, limitMs, signal });
      if (fault !== undefined) {
        await folder.addToBootLog(`gate: ${fault}`);
        const { code, what, detail, fix } = new StepppsError("E_UPDATE_GATE", fault).toJSON();
        const failed: Current = { ...current, error: { code, what, detail, fix } };
        await context.keep(failed);
        return goBack(failed, context);
      }
      faults.pass("update:before-bless");
      await boot.bless(slot);
      faults.pass("update:after-bless");
    }
    await authority.raiseImage(facts.board, facts.version);
    await folder.clearParts();
    return { ...current, outcome: "done" };
  },
};

async function fetchImage(current: Current, context: StepContext, source: ByteSource): Promise<NonNullable<Current["bytes"]>> {
  const { slot, partitions, bootPath, faults, signal, progress } = context;
  const { source: from } = current;
  if (!from) throw new StepppsError("E_IMAGE", "no source");
  const { parts } = await context.manifest(current);
  const blocks = blocksOf(parts, from.bodyAt);
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const wanted = new Set([...blocks.values()].flatMap((all) => all.map(({ hash }) => hash)));
  const own = IMAGE_PARTS.map((name) => (name === "root" ? partitions[slot] : join(bootPath, slot, name)));
  const known = await findKnownBlocks(own, wanted, signal);
  let [done, fetched] = [0, 0];
  for (const [part, partBlocks] of blocks) {
    const target = { path: targetOf(part, current.slot, context), blocks: partBlocks };
    await writePart(target, {
      source,
      known,
      faults,
      signal,
      done({ length }, bytes) {
        done += length;
        fetched += bytes;
        progress(done, total, fetched);
      },
    });
  }
  return { total, fetched: (current.bytes?.fetched ?? 0) + fetched };
}

async function stage(current: Current, { boot, folder, faults, manifest }: StepContext): Promise<void> {
  const { parts, commandLine } = await manifest(current);
  faults.pass("update:before-stage");
  // Told of it by an attempt before this one, the loader could start it half replaced
  await boot.retire(current.slot);
  const names = parts.map(({ name }) => name).filter((name) => name !== "root");
  const files = Object.fromEntries(names.map((name) => [name, folder.staged(name)]));
  await boot.stage(current.slot, { files, commandLine });
  const damaged = await boot.damaged(current.slot);
  if (damaged.length > 0)
    throw new StepppsError("E_IMAGE_READ_BACK", `boot partition, slot ${current.slot}: ${damaged.join(", ")}`);
}

/** The slot at work isn't started any more; what is said of it is on the disk already. With nothing to go back to it stays. */
async function goBack(current: Current, { boot, restart, slot }: StepContext): Promise<Current | undefined> {
  if (!(await boot.whole(otherSlot(slot)))) return { ...current, outcome: "refused" };
  await boot.retire(slot);
  restart({});
  return undefined;
}

function failedBoot(slot: Slot): StepppsError {
  return new StepppsError("E_UPDATE_BOOT", `slot ${slot} did not come up`);
}

function targetOf({ name }: ImagePart, slot: Slot, { partitions, folder }: UpdatePorts): string {
  return name === "root" ? partitions[slot] : folder.staged(name);
}

/** Throws what the signal was aborted with. */
function sleep({ clock, signal }: StepContext, millis: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const alarm = clock.after(millis, resolve);
  const stop = () => {
    alarm.cancel();
    reject(signal.reason);
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", stop));
}
