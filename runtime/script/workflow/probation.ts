import { concat, decodeInputs, encodeInput, type Handler, type Input } from "../../contract/index.ts";
import type { Op, QueryRow } from "../../store/index.ts";
import type { StateEntries } from "../plugin/migrate.ts";
import { NOTHING } from "./offer.ts";
import type { PendingInput } from "./pending.ts";
import type { TimerChange } from "./plan.ts";
import type { VersionRecord } from "./record.ts";
import { type Asked, encodeAsked, readAsked } from "./requests.ts";
import type { Jump, RerunRow } from "./rerun.ts";

/** A version that is watched, and what is kept for the one before. */
export interface Probation {
  readonly version: string;
  /** The last version that passed its gate: the one that a rollback goes back to. */
  readonly previous: string;
  /** The first input that isn't the old version's. */
  readonly seq: number;
  /** When it took over, ms since the epoch. */
  readonly since: number;
  /** The old version's own record. */
  readonly before: VersionRecord;
  /** Handlers of every version since, and of the old one. */
  readonly handlers: Readonly<Record<string, readonly Handler[]>>;
  readonly jumps: readonly Jump[];
}

/** What the plugin was when the version on probation took over. */
export interface Kept {
  readonly entries: StateEntries;
  readonly timers: readonly TimerChange[];
  /** What models had not answered. */
  readonly requests: readonly Asked[];
  /** Timers that had rung, and answers of models, that waited for another try: nobody else would bring them back. */
  readonly waiting: readonly PendingInput[];
  /** When each scheduled handler was due, by its index. */
  readonly schedules: ReadonlyMap<number, number>;
}

export function readProbation([row]: readonly QueryRow<"probation.head">[]): Probation | undefined {
  if (!row) return undefined;
  const { handlers, jumps, record, ...rest } = row;
  return { ...rest, handlers: JSON.parse(handlers), jumps: JSON.parse(jumps), before: JSON.parse(record) };
}

export function probationSet(plugin: string, probation: Probation, state: Uint8Array, kept: Omit<Kept, "entries">): Op {
  const { version, previous, seq, since, handlers, jumps, before } = probation;
  const timers = kept.timers.map(({ name, due, payload }) =>
    encodeInput({ kind: "timer", handler: 0, time: due ?? 0, seed: 0n, name, payload, meta: NOTHING }),
  );
  const waiting = kept.waiting.map(({ id, input, method }) => [id, Buffer.from(input).toString("base64"), method]);
  const texts = [waiting, [...kept.schedules], handlers, jumps, before].map((value) => JSON.stringify(value));
  const [waits = "", scheduled = "", handled = "", jumped = "", record = ""] = texts;
  return [
    "probation.set",
    plugin,
    version,
    previous,
    seq,
    since,
    state,
    concat(timers),
    concat(kept.requests.map(encodeAsked)),
    waits,
    scheduled,
    handled,
    jumped,
    record,
  ];
}

export function readKept(row: QueryRow<"probation.kept">): Kept {
  return {
    entries: new Map(decodeInputs(row.state).map(({ name, payload }) => [name, payload.slice()])),
    timers: decodeInputs(row.timers).map(({ name, time, payload }) => ({ name, due: time, payload: payload.slice() })),
    requests: decodeInputs(row.requests).map(readAsked),
    waiting: (JSON.parse(row.waiting) as [number, string, string | null][]).map(([id, input, method]) => ({
      id,
      attempts: 0,
      nextAt: 0,
      input: new Uint8Array(Buffer.from(input, "base64")),
      method,
    })),
    schedules: new Map(JSON.parse(row.schedules) as [number, number][]),
  };
}

/** Of inputs that wait: those that came of what the plugin did itself, a timer that it set or a model that it asked. */
export function waitingOwn(rows: readonly PendingInput[]): PendingInput[] {
  return rows.filter((row) => ["timer", "inference"].includes((decodeInputs(row.input)[0] as Input).kind));
}

export function readRerun([row]: readonly QueryRow<"rerun.one">[]): RerunRow | undefined {
  if (!row) return undefined;
  const { handlers, jumps, later, ...rest } = row;
  const read = { ...rest, handlers: JSON.parse(handlers), jumps: JSON.parse(jumps) };
  return later === null ? read : { ...read, later: JSON.parse(later) };
}

export function rerunSet(plugin: string, { source, version, next, end, handlers, jumps, later }: RerunRow): Op {
  const texts = [JSON.stringify(handlers), JSON.stringify(jumps), later ? JSON.stringify(later) : null] as const;
  return ["rerun.set", plugin, source, version, next, end, ...texts];
}
