import { boolean, choice, integer, known, text } from "./check.ts";
import type { EngineSettings } from "./config.ts";
import { WasmtimeError } from "./errors.ts";
import type { FuncType } from "./types.ts";

export type ScalarType = "i32" | "i64" | "f64";
/** `bytes` is `(ptr: i32, len: i32)` in the guest. */
export type ArgType = "i32" | "i64" | "f64" | "bytes";

/** A JavaScript function as an import. It may throw: the guest is unwound and `run` throws the same value. */
export interface ScriptImport extends FuncType {
  readonly module: string;
  readonly name: string;
  readonly call: (...args: never[]) => unknown;
}

export interface ReactorLimits {
  readonly memoryBytes: number;
  readonly tableElements: number;
  /** The most bytes of effects of one run. */
  readonly effectBytes: number;
  /** Epoch ticks that one input may take, as may instantiation. */
  readonly deadlineTicks: number;
  /** Fuel that one input may burn; the engine must consume fuel. */
  readonly fuel?: number;
}

export interface ReactorOptions {
  /** Guest export `(…scalars, …slotLengths: i32) -> i32`: 0 is success. */
  readonly entry: string;
  readonly scalars: readonly ScalarType[];
  /** Byte strings of an input, which the guest reads when it wants them (at most 32). */
  readonly slots: number;
  /** Guest export `() -> i32`, called once after a batch that was handled completely. */
  readonly finish?: string;
  readonly imports: {
    readonly module: string;
    /** Import `(slot, offset, ptr, len: i32) -> i32`: copies from a slot, returns how many bytes. */
    readonly read: string;
    /** Imports that return nothing and are recorded as effects. */
    readonly calls: readonly { readonly name: string; readonly args: readonly ArgType[] }[];
  };
  readonly limits: ReactorLimits;
  /** Provides AssemblyScript's `env.abort`, which becomes a trap "abort" with its message and place. */
  readonly abort?: "assemblyscript";
  /** Imports in JavaScript. A reactor that has some can't run on another thread: `runOn` throws `script-imports`. */
  readonly extraImports?: readonly ScriptImport[];
  /** Measures the processor's time of each run (`micros`). Default false. */
  readonly measure?: boolean;
}

/** Options checked and completed, as the native side takes them; enumerations are their index. */
export interface ReactorSettings {
  readonly entry: string;
  readonly finish: string;
  readonly module: string;
  readonly read: string;
  readonly scalars: readonly number[];
  readonly slots: number;
  readonly calls: readonly { readonly name: string; readonly args: readonly number[] }[];
  readonly memoryBytes: number;
  readonly tableElements: number;
  readonly effectBytes: number;
  readonly deadlineTicks: number;
  readonly fuel: number;
  readonly assemblyScriptAbort: boolean;
  readonly measure: boolean;
  readonly extraImports: readonly ScriptImport[];
}

// The order of the enumerations in native/framing.h.
const SCALARS: readonly ScalarType[] = ["i32", "i64", "f64"];
const ARGS: readonly ArgType[] = ["i32", "i64", "f64", "bytes"];
const MAX_SCALARS = 32;
const MAX_SLOTS = 32;
const MAX_ARGS = 16;
const MAX_CALLS = 256;
const GiB = 2 ** 30;

/** @throws WasmtimeError `option` */
export function checkReactorOptions(options: ReactorOptions, engine: EngineSettings): ReactorSettings {
  known("Reactor", options, ["entry", "scalars", "slots", "finish", "imports", "limits", "abort", "extraImports", "measure"]);
  known("imports", options.imports, ["module", "read", "calls"]);
  known("limits", options.limits, ["memoryBytes", "tableElements", "effectBytes", "deadlineTicks", "fuel"]);
  const { imports, limits } = options;
  if (options.scalars.length > MAX_SCALARS) throw new WasmtimeError("option", `an input has at most ${MAX_SCALARS} scalars`);
  if (imports.calls.length > MAX_CALLS) throw new WasmtimeError("option", `there are at most ${MAX_CALLS} calls`);
  if (limits.fuel !== undefined && !engine.consumeFuel)
    throw new WasmtimeError("option", "limits.fuel needs an engine with consumeFuel");
  if (limits.fuel === undefined && engine.consumeFuel)
    throw new WasmtimeError("option", "an engine with consumeFuel needs limits.fuel");
  return {
    entry: text("entry", options.entry),
    finish: options.finish === undefined ? "" : text("finish", options.finish),
    module: text("imports.module", imports.module),
    read: text("imports.read", imports.read),
    scalars: options.scalars.map((type, i) => choice(`scalars[${i}]`, type, SCALARS)),
    slots: integer("slots", options.slots, 0, MAX_SLOTS),
    calls: imports.calls.map((call) => checkCall(call.name, call.args)),
    memoryBytes: integer("limits.memoryBytes", limits.memoryBytes, 0, 4 * GiB),
    tableElements: integer("limits.tableElements", limits.tableElements, 0, 10_000_000),
    effectBytes: integer("limits.effectBytes", limits.effectBytes, 0, GiB),
    deadlineTicks: integer("limits.deadlineTicks", limits.deadlineTicks, 1, 1_000_000),
    fuel: limits.fuel === undefined ? 0 : integer("limits.fuel", limits.fuel, 1, Number.MAX_SAFE_INTEGER),
    assemblyScriptAbort: options.abort !== undefined && choice("abort", options.abort, ["assemblyscript"]) === 0,
    measure: boolean("measure", options.measure ?? false),
    extraImports: options.extraImports ?? [],
  };
}

function checkCall(name: string, args: readonly ArgType[]): { name: string; args: number[] } {
  text("calls[].name", name);
  if (args.length > MAX_ARGS) throw new WasmtimeError("option", `the call "${name}" has more than ${MAX_ARGS} arguments`);
  return { name, args: args.map((type, i) => choice(`${name} args[${i}]`, type, ARGS)) };
}
