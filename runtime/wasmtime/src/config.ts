import { boolean, choice, integer, known } from "./check.ts";
import { WasmtimeError } from "./errors.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const WASM_PAGE = 64 * KiB;
const ADDRESS_SPACE = 2 ** 46;

/** Slots for instances, reserved once: instantiation then costs microseconds. */
export interface PoolingOptions {
  /** How many instances may live at the same time (1 to 40,000). */
  readonly instances: number;
  /** The most memory one of them may ever have, in bytes. */
  readonly memoryBytes: number;
  /** The most elements one of them may have in its table. */
  readonly tableElements: number;
}

export interface ConfigOptions {
  /** Meters execution exactly, at about 1.7 times the cost. Default false. */
  readonly consumeFuel?: boolean;
  /** Milliseconds per epoch tick (1 to 1000). Default 1. */
  readonly tickMs?: number;
  /** Bytes of stack a guest may use (64 KiB to 1 MiB). Default 512 KiB. */
  readonly maxWasmStack?: number;
  /** Makes floating-point results the same on every architecture. Default true. */
  readonly nanCanonicalization?: boolean;
  /** Default "speed". */
  readonly optLevel?: "none" | "speed" | "speed_and_size";
  /** Compiles on several threads, which then stay. Default false. */
  readonly parallelCompilation?: boolean;
  /** The fixed-width SIMD proposal. Default true. */
  readonly simd?: boolean;
  /** Allocates instances from a pool. Default: on demand. */
  readonly pooling?: PoolingOptions;
  /** Bytes of address space per memory, beyond which it can't grow. Default: the pool's `memoryBytes`, or 4 GiB on demand. */
  readonly memoryReservation?: number;
  /** Bytes of inaccessible address space after each memory. Default: 64 KiB in a pool, or 32 MiB. */
  readonly memoryGuardSize?: number;
}

/** Options checked and completed, as the native side takes them. */
export interface EngineSettings {
  readonly consumeFuel: boolean;
  readonly tickMs: number;
  readonly maxWasmStack: number;
  readonly nanCanonicalization: boolean;
  readonly optLevel: number;
  readonly parallelCompilation: boolean;
  readonly simd: boolean;
  readonly memoryReservation: number;
  readonly memoryGuardSize: number;
  readonly pooling: PoolingOptions | null;
}

const OPT_LEVELS = ["none", "speed", "speed_and_size"];
const KEYS = [
  "consumeFuel",
  "tickMs",
  "maxWasmStack",
  "nanCanonicalization",
  "optLevel",
  "parallelCompilation",
  "simd",
  "pooling",
  "memoryReservation",
  "memoryGuardSize",
];

/**
 * Settings of an {@link Engine}. Always on: epochs. Always off: threads, shared memory, relaxed SIMD, memory64, multiple
 * memories, garbage collection, exceptions.
 *
 * Wasmtime aborts the process on a bad configuration, so everything is checked here first.
 *
 * @throws WasmtimeError `option`
 */
export class Config {
  readonly settings: EngineSettings;

  constructor(options: ConfigOptions = {}) {
    known("Config", options, KEYS);
    const pooling = options.pooling === undefined ? null : checkPooling(options.pooling);
    const memoryReservation = integer(
      "memoryReservation",
      options.memoryReservation ?? pooling?.memoryBytes ?? 4 * GiB,
      0,
      8 * GiB,
    );
    const memoryGuardSize = integer("memoryGuardSize", options.memoryGuardSize ?? (pooling ? 64 * KiB : 32 * MiB), 0, 4 * GiB);
    for (const [name, value] of Object.entries({ memoryReservation, memoryGuardSize })) {
      if (value % WASM_PAGE !== 0) throw new WasmtimeError("option", `${name} must be a multiple of 64 KiB, not ${value}`);
    }
    if (pooling && memoryReservation < pooling.memoryBytes) {
      throw new WasmtimeError(
        "option",
        `memoryReservation (${memoryReservation}) must not be below pooling.memoryBytes (${pooling.memoryBytes})`,
      );
    }
    if (pooling && pooling.instances * (memoryReservation + memoryGuardSize) > ADDRESS_SPACE) {
      throw new WasmtimeError("option", "pooling.instances times memoryReservation exceeds the address space of a process");
    }
    this.settings = {
      consumeFuel: boolean("consumeFuel", options.consumeFuel ?? false),
      tickMs: integer("tickMs", options.tickMs ?? 1, 1, 1000),
      maxWasmStack: integer("maxWasmStack", options.maxWasmStack ?? 512 * KiB, 64 * KiB, MiB),
      nanCanonicalization: boolean("nanCanonicalization", options.nanCanonicalization ?? true),
      optLevel: choice("optLevel", options.optLevel ?? "speed", OPT_LEVELS),
      parallelCompilation: boolean("parallelCompilation", options.parallelCompilation ?? false),
      simd: boolean("simd", options.simd ?? true),
      memoryReservation,
      memoryGuardSize,
      pooling,
    };
  }
}

function checkPooling(options: PoolingOptions): PoolingOptions {
  known("pooling", options, ["instances", "memoryBytes", "tableElements"]);
  const memoryBytes = integer("pooling.memoryBytes", options.memoryBytes, WASM_PAGE, 4 * GiB);
  if (memoryBytes % WASM_PAGE !== 0)
    throw new WasmtimeError("option", `pooling.memoryBytes must be a multiple of 64 KiB, not ${memoryBytes}`);
  return {
    instances: integer("pooling.instances", options.instances, 1, 40_000),
    memoryBytes,
    tableElements: integer("pooling.tableElements", options.tableElements, 0, 1_000_000),
  };
}
