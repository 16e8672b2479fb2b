import {
  ABI_CALLS,
  ABI_ENTRY,
  ABI_MODULE,
  ABI_READ,
  ABI_SAVE,
  ENTRY_SCALARS,
  type Limits,
  SLOT_COUNT,
  StepppsError,
} from "../../contract/index.ts";
import {
  Config,
  Engine,
  loadBinding,
  Module,
  Reactor,
  type ReactorResult,
  ThreadPool,
  type Trap,
} from "../../wasmtime/src/index.ts";
import type { ArtefactCache } from "./artefact-cache.ts";
import { checkGuest, instanceOf } from "./check.ts";
import { countInputs, INLINE_DEADLINE_MS, Lane } from "./lane.ts";
import { resultStop, stopLogs } from "./result.ts";
import type { Sandbox, SandboxEngine, SandboxResult, SandboxStop } from "./sandbox.ts";

export interface WasmtimeOptions {
  /** Live instances at most. */
  readonly instances: number;
  /** Memory of one instance at most, whatever its manifest says. */
  readonly memoryBytes: number;
  /** Native threads that run guests, so that one that loops does not hold the event loop. */
  readonly threads: number;
  /**
   * Whether short batches of guests that have proved quick run on the event loop itself (lane.ts). "always": every batch does, with
   * the manifest's own deadline, for a process that has nothing else to do, as a replay has.
   */
  readonly inline: boolean | "always";
  readonly cache?: ArtefactCache;
  /** Path of the native addon; the package's own where absent. */
  readonly addon?: string;
}

export const DEFAULT_WASMTIME: WasmtimeOptions = { instances: 512, memoryBytes: 64 * 1024 * 1024, threads: 2, inline: true };

/** Elements of one guest's table: AssemblyScript needs one for each function that is used as a value. */
const TABLE_ELEMENTS = 10_000;
const WASM_PAGE = 65_536;

/** Guests in Wasmtime: deadlines, memory ceilings, their own threads. What a device uses. */
export function wasmtimeEngine(options: WasmtimeOptions): SandboxEngine {
  const { instances, memoryBytes, threads, inline, cache, addon } = options;
  const config = new Config({ tickMs: 1, pooling: { instances, memoryBytes, tableElements: TABLE_ELEMENTS } });
  const binding = loadBinding(addon);
  const engine = new Engine(config, binding);
  const pool = new ThreadPool({ threads }, binding);
  return {
    name: "wasmtime",
    async compile(wasm) {
      const module = await loadModule(engine, wasm, cache);
      try {
        checkGuest(
          module.imports().map(({ module: from, name, type }) => ({ module: from, name, kind: KINDS[type.kind] ?? type.kind })),
          module.exports().map(({ name, type }) => ({ name, kind: KINDS[type.kind] ?? type.kind })),
        );
      } catch (error) {
        module.close();
        throw error;
      }
      return {
        instantiate(limits, apart) {
          const most = { ...limits, memoryBytes: Math.min(limits.memoryBytes, memoryBytes) };
          return instanceOf(() => new WasmtimeSandbox(engine, module, pool, inline && !apart, most));
        },
        close: () => module.close(),
      };
    },
    close() {
      pool.close();
      engine.close();
    },
  };
}

async function loadModule(engine: Engine, wasm: Uint8Array, cache: ArtefactCache | undefined): Promise<Module> {
  const artefact = await cache?.load(wasm);
  if (artefact) {
    try {
      return Module.deserialize(engine, artefact);
    } catch {
      // Made by an engine of another build or other settings: it is made again.
    }
  }
  try {
    const module = await Module.compileAsync(engine, wasm);
    await cache?.save(wasm, module.serialize()).catch(() => {});
    return module;
  } catch (cause) {
    throw new StepppsError("E_GUEST_INVALID", (cause as Error).message, { cause });
  }
}

class WasmtimeSandbox implements Sandbox {
  readonly #reactor: Reactor;
  readonly #pool: ThreadPool;
  readonly #limits: Limits;
  readonly #inline: boolean | "always";
  readonly #lane = new Lane();
  #hurried = false;

  constructor(engine: Engine, module: Module, pool: ThreadPool, inline: boolean | "always", limits: Limits) {
    this.#pool = pool;
    this.#inline = inline;
    this.#limits = limits;
    this.#reactor = new Reactor(engine, module, {
      entry: ABI_ENTRY,
      scalars: ENTRY_SCALARS.map(({ type }) => type),
      slots: SLOT_COUNT,
      finish: ABI_SAVE,
      abort: "assemblyscript",
      measure: true,
      imports: { module: ABI_MODULE, read: ABI_READ, calls: ABI_CALLS.map(({ name, args }) => ({ name, args: [...args] })) },
      limits: {
        memoryBytes: limits.memoryBytes,
        tableElements: TABLE_ELEMENTS,
        effectBytes: limits.effectBytes,
        deadlineTicks: limits.deadlineMs,
      },
    });
  }

  async run(batch: Uint8Array): Promise<SandboxResult> {
    if (this.#inline === "always") return this.#result(this.#reactor.run(batch), false);
    const inline = this.#inline && this.#lane.inline(countInputs(batch));
    if (inline !== this.#hurried) {
      this.#hurried = inline;
      this.#reactor.deadlineTicks = inline ? Math.min(INLINE_DEADLINE_MS, this.#limits.deadlineMs) : this.#limits.deadlineMs;
    }
    return this.#result(inline ? this.#reactor.run(batch) : await this.#reactor.runOn(this.#pool, batch), inline);
  }

  #result({ completed, effects, memoryBytes, stop, micros = 0 }: ReactorResult, inline: boolean): SandboxResult {
    if (!stop) {
      this.#lane.ran(completed, micros);
      return { completed, effects, memoryBytes, micros };
    }
    const why = { ...this.#why(stop, memoryBytes), logs: stopLogs(stop.effects) };
    const hurried = inline && why.code === "E_GUEST_DEADLINE" && this.#limits.deadlineMs > INLINE_DEADLINE_MS;
    return { completed, effects, memoryBytes, micros, stop: hurried ? { ...why, hurried } : why };
  }

  close(): void {
    this.#reactor.close();
  }

  #why(stop: NonNullable<ReactorResult["stop"]>, memoryBytes: number): SandboxStop {
    if (stop.kind === "result") return resultStop(stop.value);
    const { trap } = stop;
    // AssemblyScript meets a refused memory.grow with `unreachable`.
    const full = trap.code === "unreachable" && memoryBytes + WASM_PAGE > this.#limits.memoryBytes;
    return {
      code: full ? "E_GUEST_MEMORY" : (TRAP_CODES[trap.code] ?? "E_GUEST_TRAP"),
      message: trap.message,
      frames: frames(trap),
    };
  }
}

const TRAP_CODES: Readonly<Record<string, SandboxStop["code"]>> = {
  interrupt: "E_GUEST_DEADLINE",
  "effects-limit": "E_GUEST_EFFECTS",
  abort: "E_GUEST_ABORT",
};

/** Wasmtime's word for what the JavaScript API calls a function. */
const KINDS: Readonly<Record<string, string>> = { func: "function" };

function frames(trap: Trap): string[] {
  return trap.frames.map(
    ({ function: name, index, moduleOffset = 0 }) => `${name ?? `function ${index}`} (0x${moduleOffset.toString(16)})`,
  );
}
