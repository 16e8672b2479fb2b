import { markAsUntransferable } from "node:worker_threads";
import { integer } from "./check.ts";
import type { Engine } from "./engine.ts";
import { Trap, WasmtimeError } from "./errors.ts";
import { Handle } from "./handle.ts";
import type { Module } from "./module.ts";
import { checkReactorOptions, type ReactorOptions } from "./reactor-options.ts";
import type { ThreadPool } from "./thread-pool.ts";

/** Why a run ended before its batch did. */
export type ReactorStop = (
  | { readonly kind: "trap"; readonly trap: Trap }
  | { readonly kind: "result"; readonly value: number }
) & {
  /** What the input that stopped the run had recorded; not among the result's effects. */
  readonly effects: Uint8Array<ArrayBuffer>;
};

export interface ReactorResult {
  /** Inputs that were handled completely. */
  readonly completed: number;
  /** Their effects, in order. Owned by the caller; a small one may share its buffer with others, as Node's Buffers do. */
  readonly effects: Uint8Array<ArrayBuffer>;
  readonly stop?: ReactorStop;
  /** Size of the guest's memory after the run. */
  readonly memoryBytes: number;
  readonly fuelUsed?: bigint;
  /** The processor's time that the run took, with the option `measure`. */
  readonly micros?: number;
}

const SLAB_BYTES = 32 * 1024;
const SLAB_RESERVE = 4 * 1024;
const EXCHANGE_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);

// The struct Status of native/reactor.h: four int32, then three doubles.
const STATUS_BYTES = 40;
const STOP = 0;
const COMPLETED = 1;
const RESULT = 2;
const MEMORY_PAGES = 3;
const MICROS = 2;
const FUEL_USED = 3;
const EFFECT_BYTES = 4;
const STOP_TRAP = 1;
const STOP_RESULT = 2;
const PAGE = 65_536;
// What reactorLend tells apart.
const SLAB = 0;
const INPUT = 1;
const OUTPUT = 2;

/**
 * A guest instance that is fed inputs in batches. While it handles an input it reads the input's byte strings and calls
 * imports that are only recorded, all in native code: a run costs one crossing, whatever the batch's length, and can
 * take place on another thread.
 *
 * ```text
 * batch   = frame*
 * frame   = u32 size of what follows | scalars in order | u32 length of each slot | slot bytes back to back
 * effects = record*
 * record  = u32 size of the body | u32 input index in the batch (finish: number of inputs) | u32 call index | body
 * body    = per argument: i32 4 bytes | i64, f64 8 bytes | bytes: u32 length, then the bytes
 * ```
 * (little endian, no padding)
 *
 * A trap or a result other than 0 stops the run; the effects of the input at hand are dropped. After a trap the reactor
 * can't run again.
 */
export class Reactor extends Handle<"Reactor"> {
  readonly #run: (batch: Uint8Array) => number;
  readonly #exchange: (size: number) => number;
  readonly #integers: Int32Array;
  readonly #doubles: Float64Array;
  readonly #metered: boolean;
  readonly #measured: boolean;
  #slab: Uint8Array<ArrayBuffer> = EMPTY;
  #used = 0;
  #input: Uint8Array<ArrayBuffer> = EMPTY;
  #output: Uint8Array<ArrayBuffer> = EMPTY;

  /**
   * Instantiates `module`.
   *
   * @throws WasmtimeError `option`, `link` (an import is missing or has another type), `export`, `instantiate` (limits,
   * pool), Trap (the module's start function)
   */
  constructor(engine: Engine, module: Module, options: ReactorOptions) {
    const settings = checkReactorOptions(options, engine.config.settings);
    const status = new ArrayBuffer(STATUS_BYTES);
    super(
      engine.binding,
      engine.binding.createReactor(engine.native, module.native, settings, new Uint8Array(status), settings.extraImports),
    );
    this.#run = this.binding.reactorRunner(this.native);
    this.#exchange = this.binding.reactorExchanger(this.native);
    this.#integers = new Int32Array(status);
    this.#doubles = new Float64Array(status);
    this.#metered = settings.fuel > 0;
    this.#measured = settings.measure;
  }

  /**
   * Runs a batch on this thread.
   *
   * @throws WasmtimeError `batch` (malformed: nothing ran), `busy`, `closed`, `trapped`
   */
  run(batch: Uint8Array): ReactorResult {
    // The native side writes effects into a slab, one after the other: a buffer of their own would cost more than the
    // run. No byte of a slab is written twice, so each result is its caller's. A detached slab has no length.
    if (this.#slab.byteLength - this.#used < SLAB_RESERVE) {
      this.#slab = this.#lend(SLAB, bytes(SLAB_BYTES));
      this.#used = 0;
    }
    const size = this.#run(batch);
    return this.#result(size < 0 ? this.#copyEffects() : this.#cutEffects(size));
  }

  /** Runs one frame: {@link run} with a batch of one. */
  send(frame: Uint8Array): ReactorResult {
    return this.run(frame);
  }

  /**
   * The fastest way in and out, for a batch of up to 64 KiB: runs the first `size` bytes of {@link input} and leaves the
   * effects at the start of {@link output} until the next exchange. Nothing is allocated. Returns the effects' size, or -1
   * when the run stopped early or the output is too small: {@link result} then has the outcome.
   *
   * @throws as {@link run}; WasmtimeError `range`
   */
  exchange(size: number): number {
    this.#lendExchange();
    return this.#exchange(size);
  }

  /** Where the caller writes the batch of an {@link exchange}. */
  get input(): Uint8Array<ArrayBuffer> {
    this.#lendExchange();
    return this.#input;
  }

  /** Where an {@link exchange} leaves its effects. */
  get output(): Uint8Array<ArrayBuffer> {
    this.#lendExchange();
    return this.#output;
  }

  /** The outcome of the last {@link exchange} that returned -1. */
  result(): ReactorResult {
    return this.#result(this.#copyEffects());
  }

  /**
   * Epoch ticks that each input of the runs to come may take.
   *
   * @throws WasmtimeError `option`, `busy`, `closed`
   */
  set deadlineTicks(ticks: number) {
    this.binding.reactorDeadline(this.native, integer("deadlineTicks", ticks, 1, 1_000_000));
  }

  /** Runs a copy of a batch on a thread of `pool`; until it is done the reactor is busy. Throws as {@link run}, or `queue-full`. */
  runOn(pool: ThreadPool, batch: Uint8Array): Promise<ReactorResult> {
    return new Promise((resolve) => {
      this.binding.runOn(pool.native, this.native, batch, () => resolve(this.#result(this.#copyEffects())));
    });
  }

  #result(effects: Uint8Array<ArrayBuffer>): ReactorResult {
    const integers = this.#integers;
    const stop = integers[STOP];
    const completed = integers[COMPLETED] as number;
    const memoryBytes = (integers[MEMORY_PAGES] as number) * PAGE;
    if (stop === 0 && !this.#metered && !this.#measured) return { completed, effects, memoryBytes };
    return {
      completed,
      effects,
      memoryBytes,
      ...(stop === STOP_TRAP && { stop: { kind: "trap", trap: this.#trap(), effects: this.#stopped() } }),
      ...(stop === STOP_RESULT && { stop: { kind: "result", value: integers[RESULT] as number, effects: this.#stopped() } }),
      ...(this.#metered && { fuelUsed: BigInt(this.#doubles[FUEL_USED] as number) }),
      ...(this.#measured && { micros: this.#doubles[MICROS] as number }),
    };
  }

  #cutEffects(size: number): Uint8Array<ArrayBuffer> {
    if (size === 0) return EMPTY;
    const effects = this.#slab.subarray(this.#used, this.#used + size);
    this.#used += size;
    return effects;
  }

  #copyEffects(): Uint8Array<ArrayBuffer> {
    const size = this.#doubles[EFFECT_BYTES] as number;
    if (size === 0) return EMPTY;
    const own = bytes(size);
    this.binding.reactorEffects(this.native, own);
    return own;
  }

  // A detached buffer has no length, and its memory may be gone: it is replaced before anything native touches it.
  #lendExchange(): void {
    if (this.#input.byteLength === 0) this.#input = this.#lend(INPUT, new Uint8Array(EXCHANGE_BYTES));
    if (this.#output.byteLength === 0) this.#output = this.#lend(OUTPUT, new Uint8Array(EXCHANGE_BYTES));
  }

  #lend(use: typeof SLAB | typeof INPUT | typeof OUTPUT, buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    markAsUntransferable(buffer.buffer);
    this.binding.reactorLend(this.native, use, buffer);
    return buffer;
  }

  #stopped(): Uint8Array<ArrayBuffer> {
    return this.binding.reactorStopped(this.native);
  }

  #trap(): Trap {
    const trap = this.binding.reactorTrap(this.native);
    if (trap instanceof Trap) return trap;
    throw new WasmtimeError("internal", "a run stopped with a trap that is not there");
  }
}

// Without zeroes, as Buffer.allocUnsafe: what is handed out has been written to.
function bytes(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
}
