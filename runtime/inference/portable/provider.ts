import { type Transferable, Worker } from "node:worker_threads";
import {
  asStepppsError,
  concat,
  type ErrorCode,
  type ModelBudget,
  type ModelSource,
  type Port,
  type Provider,
  type ProviderHealth,
  type RunResult,
  type Session,
  StepppsError,
  type Tensor,
} from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import { batchOf, mergeCalls, splitOutputs } from "../batch.ts";
import type { PortableLibrary } from "./library.ts";
import type { Reply, Request, Sent, ThreadOptions } from "./protocol.ts";

export interface PortableOptions {
  readonly library: PortableLibrary;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Of WebAssembly's memory, with all models in it; 512 MiB where absent. */
  readonly memoryBytes?: number;
}

const MEMORY_BYTES = 512 * 2 ** 20;
/** WebAssembly's memory grows by a fifth of itself at a time: less than this says nothing of a model. */
const STEP_BYTES = 16 * 2 ** 20;
/** The thread's own objects: tensors lie outside of V8's heap. */
const HEAP_MEGABYTES = 128;

type Ran = Extract<Reply, { kind: "ran" }>;
type Loaded = Extract<Reply, { kind: "loaded" }>;

/**
 * ONNX Runtime in WebAssembly, on a thread of its own: what runs where there is no native worker. The thread begins with the first model.
 * It does one thing at a time; what is not done by its deadline ends with the thread, and the next one begins with a new thread, in
 * which models are loaded again as they are asked for.
 */
export class PortableProvider implements Provider {
  readonly name = "wasm";
  readonly #options: PortableOptions;
  #thread: Thread | undefined;
  #tail: Promise<void> = Promise.resolve();
  #restarts = 0;
  #sessions = 0;
  #failure: string | undefined;
  #closed = false;

  constructor(options: PortableOptions) {
    this.#options = options;
  }

  async load(source: ModelSource, budget: ModelBudget): Promise<Session> {
    const number = this.#sessions++;
    const late = new StepppsError("E_INFER_LOAD", `${source.name} took more than ${budget.loadMs} ms`);
    const loaded = await this.#turn(budget.loadMs, late, () => this.#load(number, source, budget));
    return new PortableSession(loaded, {
      run: (calls, deadline) => this.#run(number, source, budget, calls, deadline),
      free: () => this.#free(number),
    });
  }

  health(): ProviderHealth {
    return { restarts: this.#restarts, ...(this.#failure !== undefined && { failure: this.#failure }) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.end();
    await this.#tail;
  }

  async #load(number: number, source: ModelSource, { memoryBytes }: ModelBudget): Promise<Loaded> {
    const onnx = (await source.bytes()).slice();
    const thread = this.#live();
    const loaded = (await this.#ask({ kind: "load", session: number, onnx }, [onnx.buffer], "E_INFER_LOAD")) as Loaded;
    if (loaded.grownBytes > memoryBytes + STEP_BYTES) {
      // WebAssembly's memory never shrinks.
      await this.#end();
      throw new StepppsError("E_INFER_MEMORY", `${source.name} took ${loaded.grownBytes} bytes, more than ${memoryBytes}`);
    }
    thread.loaded.add(number);
    return loaded;
  }

  #run(
    number: number,
    source: ModelSource,
    budget: ModelBudget,
    calls: readonly (readonly Tensor[])[],
    deadline: number,
  ): Promise<RunResult> {
    return this.#turn(deadline, new StepppsError("E_INFER_DEADLINE", source.name), async () => {
      if (!this.#live().loaded.has(number)) await this.#load(number, source, budget);
      const inputs = mergeCalls(calls).map(({ dtype, dims, parts }): Sent => ({ dtype, dims, bytes: own(parts) }));
      const transfer = inputs.map(({ bytes }) => bytes.buffer);
      const copied = bytesOf(inputs);
      const { outputs, micros } = (await this.#ask({ kind: "run", session: number, inputs }, transfer, "E_INFER_RUN")) as Ran;
      // Into WebAssembly's memory, and out of it.
      return { outputs: splitOutputs(calls, outputs), micros, copied: copied + bytesOf(outputs) };
    });
  }

  #free(number: number): void {
    const late = new StepppsError("E_INFER_DEADLINE", "free");
    this.#turn(10_000, late, async () => {
      if (!this.#thread?.loaded.delete(number)) return;
      await this.#ask({ kind: "free", session: number }, [], "E_INFER_RUN");
    }).catch(() => {});
  }

  /** Runs `task` after those before it. When it isn't done within `ms`: rejects with `late`, and where it had begun the thread ends. */
  #turn<T>(ms: number, late: StepppsError, task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StepppsError("E_INFER_WORKER", "it is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let state: "waits" | "runs" | "over" = "waits";
    const alarm = this.#options.clock.after(Math.max(0, ms), () => {
      if (state === "runs") void this.#end();
      state = "over";
      reject(late);
    });
    this.#tail = this.#tail.then(async () => {
      if (state === "over") return;
      state = "runs";
      try {
        resolve(await task());
      } catch (error) {
        reject(asStepppsError(error, "E_INFER_RUN"));
      }
      state = "over";
      alarm.cancel();
    });
    return promise;
  }

  /** `failure`: the code of what the runtime refuses. */
  async #ask(request: Request, transfer: ArrayBuffer[], failure: ErrorCode): Promise<Reply> {
    const reply = await this.#live().ask(request, transfer);
    if (reply.kind !== "failed") return reply;
    if (reply.broken) await this.#end();
    throw new StepppsError(reply.memory ? "E_INFER_MEMORY" : failure, reply.text);
  }

  #live(): Thread {
    if (this.#closed) throw new StepppsError("E_INFER_WORKER", "it is closed");
    if (this.#thread) return this.#thread;
    const { library, memoryBytes = MEMORY_BYTES } = this.#options;
    const { thread: program, ...files } = library;
    const thread = new Thread(program, { ...files, memoryBytes }, (why) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#restarts++;
      this.#failure = why;
    });
    this.#thread = thread;
    return thread;
  }

  #end(): Promise<void> {
    return this.#thread?.end() ?? Promise.resolve();
  }
}

/** One thread, from its start to its end. */
class Thread {
  /** Sessions that are in it. */
  readonly loaded = new Set<number>();
  readonly #worker: Worker;
  #asked: { resolve(reply: Reply): void; reject(error: StepppsError): void } | undefined;
  #why: string | undefined;

  /** `ended` is called once, before whoever waits is told. */
  constructor(program: string | undefined, workerData: ThreadOptions, ended: (why: string | undefined) => void) {
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MEGABYTES };
    this.#worker = new Worker(program ?? new URL("./thread.ts", import.meta.url), {
      name: "inference",
      workerData,
      resourceLimits,
      env: {},
    });
    this.#worker.unref();
    this.#worker.on("message", (reply: Reply) => {
      const asked = this.#asked;
      this.#asked = undefined;
      this.#worker.unref();
      asked?.resolve(reply);
    });
    this.#worker.on("error", (error) => {
      this.#why = (error as Error).message;
    });
    this.#worker.on("exit", () => {
      ended(this.#why);
      this.#asked?.reject(new StepppsError("E_INFER_WORKER", this.#why ?? "its thread was ended"));
      this.#asked = undefined;
    });
  }

  ask(request: Request, transfer: ArrayBuffer[]): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#asked = { resolve, reject };
    // Whoever waits for an answer keeps the process; a thread with nothing to do doesn't.
    this.#worker.ref();
    this.#worker.postMessage(request, transfer as readonly Transferable[]);
    return promise;
  }

  async end(): Promise<void> {
    // Whoever waits for the end keeps the process, too.
    this.#worker.ref();
    await this.#worker.terminate();
  }
}

interface SessionCalls {
  run(calls: readonly (readonly Tensor[])[], deadline: number): Promise<RunResult>;
  free(): void;
}

class PortableSession implements Session {
  readonly provider = "wasm";
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly batch: number;
  readonly run: SessionCalls["run"];
  readonly free: SessionCalls["free"];

  constructor({ inputs, outputs }: Loaded, { run, free }: SessionCalls) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.batch = batchOf(inputs, outputs);
    this.run = run;
    this.free = free;
  }
}

/** One array of its own, as what is sent is taken away from here. */
function own(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(parts) as Uint8Array<ArrayBuffer>;
}

function bytesOf(tensors: readonly Sent[]): number {
  return tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
