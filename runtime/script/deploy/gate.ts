import { StepppsError } from "../../contract/index.ts";
import type { VersionRecord } from "../workflow/record.ts";
import { costlier, countAbove, quantile } from "./costs.ts";

export interface GateCase {
  /** The version before it, up to the moment when it was replaced. */
  readonly before: VersionRecord;
  readonly after: VersionRecord;
  /** Of the instance at the moments of `watch`, oldest first. */
  readonly memory: readonly number[];
  readonly memoryLimit: number;
  /** Since it took over. */
  readonly elapsedMillis: number;
  /** How long the input that comes next has waited. */
  readonly waitedMillis: number;
  readonly gateMillis: number;
}

export type Verdict =
  | { readonly kind: "open" }
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly error: StepppsError };

/** So many failures one after the other decide at once. */
const IN_ROW = 3;
/** Failures beyond the old version's own share, of all inputs, that are put down to chance. */
const CHANCE = 0.01;
/** Inputs after which failures here and there are a share. */
const ENOUGH = 100;
/** Inputs that say how much a version sends. */
const FEW = 5;
/** Lag is a matter of the whole machine: not a few inputs have to wait longer, but half of them. */
const LAGGING = 3;
const QUICK_LAG_MS = 500;
const QUICK_HALF_LAG_MS = 100;
const LAGS = 30;
/** One that handles nothing has no record of being slow: an input that has waited for this part of the gate, or so long, says it. */
const STUCK = 0.25;
const STUCK_MS = 5_000;
/** Memory and effects: many times as much, and enough to matter. */
const MANY = 4;
const MEMORY_BYTES = 2 * 1024 * 1024;
const MORE_EFFECTS = 10;
const EFFECT_BYTES = 16 * 1024;
/** Messages for an input that are a flood where the old version had no inputs to be measured by. */
const FLOOD = 16;
/** What a manifest does not allow, in the words of the gate of effects. */
const DENIED = ["E_PLUGIN_DENIED", "E_TOPIC"];

/**
 * Judges a version that has taken over by its own record and that of the version before it. A clear failure decides at once; a
 * version that does well passes when the time is over, one that has had nothing to do too.
 */
export function judge(given: GateCase): Verdict {
  const { before, after, elapsedMillis, gateMillis } = given;
  const over = elapsedMillis >= gateMillis;
  const error =
    denied(before, after) ??
    failing(before, after, over) ??
    swollen(given, over) ??
    slower(before, after) ??
    lagging(before, after, over) ??
    stuck(given, over);
  if (error) return { kind: "fail", error };
  return { kind: over ? "pass" : "open" };
}

function denied(before: VersionRecord, after: VersionRecord): StepppsError | undefined {
  const count = (record: VersionRecord) => DENIED.reduce((sum, code) => sum + (record.failures[code] ?? 0), 0);
  if (count(after) === 0 || count(before) > 0) return undefined;
  return new StepppsError("E_GATE_DENIED", `${count(after)} times within ${after.count} inputs; the version before never did`);
}

function failing(before: VersionRecord, after: VersionRecord, over: boolean): StepppsError | undefined {
  const failures = total(after);
  if (failures === 0) return undefined;
  const [share, usual] = [failures / after.count, total(before) / Math.max(1, before.count)];
  const worse = share > 2 * usual + CHANCE;
  const clear = failures >= IN_ROW && (after.failuresInRow >= IN_ROW || after.count >= ENOUGH);
  if (!worse || !(clear || over)) return undefined;
  return new StepppsError(
    "E_GATE_FAILURES",
    `${codes(after)} within ${after.count} inputs; before: ${codes(before)} within ${before.count}`,
  );
}

/** Memory near its limit, or many times what the old version had and still growing; effects many times as large. */
function swollen({ before, after, memory, memoryLimit }: GateCase, over: boolean): StepppsError | undefined {
  const full = after.memoryBytes > 0.9 * memoryLimit && before.memoryBytes < 0.5 * memoryLimit;
  const large = after.memoryBytes > Math.max(MANY * before.memoryBytes, before.memoryBytes + MEMORY_BYTES);
  const middle = memory[memory.length >> 1] ?? after.memoryBytes;
  if (full || (over && large && after.memoryBytes > middle)) {
    return new StepppsError(
      "E_GATE_MEMORY",
      `${after.memoryBytes} bytes of at most ${memoryLimit} after ${after.count} inputs, before: ${before.memoryBytes}`,
    );
  }
  // Effects are no matter of chance: a few inputs tell.
  if (after.count < FEW) return undefined;
  const [size, usual] = [after.effectBytes / after.count, before.effectBytes / Math.max(1, before.count)];
  const sends = after.outputs / after.count;
  if (size <= EFFECT_BYTES || size <= MORE_EFFECTS * usual || (before.count === 0 && sends <= FLOOD)) return undefined;
  const measure = before.count === 0 ? `in ${Math.round(sends)} messages; before: no inputs` : `before: ${Math.round(usual)}`;
  return new StepppsError("E_GATE_EFFECTS", `${Math.round(size)} bytes for an input, ${measure}`);
}

function slower(before: VersionRecord, after: VersionRecord): StepppsError | undefined {
  const found = costlier(before.work, after.work);
  if (!found) return undefined;
  const { slow, of, limit } = found;
  const usual = `before: p99 ${ms(quantile(before.work, 0.99))} of ${countAbove(before.work, 0)}`;
  return new StepppsError("E_GATE_SLOW", `${slow} of ${of} times an input took more than ${ms(limit)} of work; ${usual}`);
}

function lagging(before: VersionRecord, after: VersionRecord, over: boolean): StepppsError | undefined {
  const enough = over ? LAGS : ENOUGH;
  if (before.count < enough || after.count < (over ? enough : MANY * enough)) return undefined;
  const most = after.lagP99 > Math.max(QUICK_LAG_MS, LAGGING * before.lagP99);
  const half = after.lagP50 > Math.max(QUICK_HALF_LAG_MS, LAGGING * before.lagP50);
  if (!most || !half) return undefined;
  return new StepppsError("E_GATE_LAG", `p99 ${ms(after.lagP99)} over ${after.count} inputs, before: ${ms(before.lagP99)}`);
}

function stuck({ before, waitedMillis, gateMillis }: GateCase, over: boolean): StepppsError | undefined {
  const patience = Math.max(QUICK_LAG_MS, LAGGING * before.lagP99, Math.min(STUCK_MS, STUCK * gateMillis));
  if (!over || waitedMillis <= patience) return undefined;
  return new StepppsError("E_GATE_LAG", `the next input has waited for ${ms(waitedMillis)}; p99 before: ${ms(before.lagP99)}`);
}

function total({ failures }: VersionRecord): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

function codes({ failures }: VersionRecord): string {
  const counts = Object.entries(failures).map(([code, count]) => `${count} ${code}`);
  return counts.join(", ") || "none";
}

function ms(millis: number): string {
  return `${Math.round(millis * 100) / 100} ms`;
}
