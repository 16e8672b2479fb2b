/**
 * The plugin ABI, version 1: what a guest exports, what it may import, and the bytes that pass between.
 *
 * A guest is a core WebAssembly module. It is *driven*: the host calls its one entry once an input, and every call
 * the guest makes is written down, not carried out. What was written down takes effect when the batch commits.
 *
 *   host                                   guest
 *   steppps_handle(kind, handler, time, seed, |name|, |payload|, |meta|) ──▶ reads slots lazily: read(slot, offset, ptr, len)
 *                                          ◀── publish(...), state_set(...), timer_set(...)   (recorded)
 *   … more inputs of the batch …
 *   steppps_save()                         ──▶ state that changed since the last save: state_set(...)
 *
 * Both hosts (Wasmtime through `wasmtime-node`, and V8 for authors) are built from the tables here.
 */
export const ABI_VERSION = 1;

/** The one module that host imports live in. */
export const ABI_MODULE = "steppps";

/** Exports every guest has besides `memory`. */
export const ABI_ENTRY = "steppps_handle";
export const ABI_SAVE = "steppps_save";

/** What an input is; the first argument of the entry. */
export const INPUT_KIND = {
  /** One committed state entry: name = key, payload = value. Sent after instantiation, before anything else. */
  restore: 0,
  /** The plugin's settings: payload = CBOR map of `@config` fields. Sent after the last restore. */
  configure: 1,
  /** A message: name = topic, payload = its bytes. `handler` says which handler takes it. */
  message: 2,
  /** A named durable timer came due: name = timer's name, payload = what was given when it was set. */
  timer: 3,
  /** A period or cron handler is due: name and payload are empty. */
  schedule: 4,
  /**
   * Once, between the last restore and the settings, when a version takes over the state of another and its manifest says that it
   * migrates: name = the other's version.
   */
  migrate: 5,
  /** What became of an `infer` call: name = model, payload = its outputs as contract/tensor.ts frames them, empty where there are none; meta = AnswerMeta. */
  inference: 6,
} as const;
export type InputKind = keyof typeof INPUT_KIND;

/** The handler number of a restore when a `migrate` input follows: an entry that no field takes is put aside for it, not refused. */
export const RESTORE_MIGRATING = 1;

/** Arguments of the entry before the slot lengths. `time`: ms since the epoch. `seed`: of this input's random numbers. */
export const ENTRY_SCALARS = [
  { name: "kind", type: "i32" },
  { name: "handler", type: "i32" },
  { name: "time", type: "i64" },
  { name: "seed", type: "i64" },
] as const;

/** Byte strings of an input. The guest reads them lazily: a filter never copies what it doesn't look at. */
export const SLOT = { name: 0, payload: 1, meta: 2 } as const;
export const SLOT_COUNT = 3;

/** `read(slot, offset, pointer, length) -> bytes copied`: the only import that gives something back. */
export const ABI_READ = "read";

/** `bytes` is a pair (pointer: i32, length: i32) in the guest's signature. */
export type CallArg = "i32" | "i64" | "bytes";

/** Host calls, in the order of their numbers in the effects. Their numbers are part of the ABI: append only. */
export const ABI_CALLS = [
  /** topic, payload, flags: bits 0-1 QoS, bit 2 retain. */
  { name: "publish", args: ["bytes", "bytes", "i32"] },
  /** key, value: replaces the entry. */
  { name: "state_set", args: ["bytes", "bytes"] },
  { name: "state_delete", args: ["bytes"] },
  /** name, due time in ms since the epoch, payload: replaces the timer of that name. */
  { name: "timer_set", args: ["bytes", "i64", "bytes"] },
  { name: "timer_cancel", args: ["bytes"] },
  /** level (LOG_LEVELS index), text. */
  { name: "log", args: ["i32", "bytes"] },
  /** model, tag (comes back with the answer), ms until there is one, source (INFER_SOURCE), tensors as contract/tensor.ts frames them. */
  { name: "infer", args: ["bytes", "bytes", "i32", "i32", "bytes"] },
] as const satisfies readonly { name: string; args: readonly CallArg[] }[];
export type CallName = (typeof ABI_CALLS)[number]["name"];

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Where an `infer` call's tensors are. `payload`: the model takes the payload of the input being handled, as one tensor of its bytes (an
 * image, an audio frame): the guest needs no copy of it, and its own tensors are empty.
 */
export const INFER_SOURCE = { tensors: 0, payload: 1 } as const;

/** ms that an `infer` call may give at most; more is this. */
export const MAX_INFER_DEADLINE = 60_000;

/** CBOR map that an `inference` input carries. Journalled: handling it again gives the same. */
export interface AnswerMeta {
  readonly tag: string;
  /** SHA-256 over model and tensors: the same wherever the same was asked. */
  readonly hash: Uint8Array;
  /** Why there is no result: E_INFER_*. Then the rest is absent. */
  readonly code?: string;
  /** Of the model that ran. */
  readonly version?: string;
  readonly provider?: string;
  readonly micros?: number;
  /** How unusual the guard found the input. */
  readonly score?: number;
}

export const PUBLISH_QOS_MASK = 0b011;
export const PUBLISH_RETAIN = 0b100;

/**
 * What the entry returns. Anything but `ok` stops the batch: the input is not applied.
 * `rejected`: the handler said that it cannot take this message (it goes to the dead letters without a retry).
 */
export const HANDLE_RESULT = { ok: 0, rejected: 1, unknownHandler: 2, badState: 3, badConfig: 4 } as const;
