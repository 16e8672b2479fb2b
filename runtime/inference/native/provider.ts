import {
  asStepppsError,
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
import type { MemoryBinding } from "../../memory/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import { batchOf } from "../batch.ts";
import { Channel } from "./channel.ts";
import type { Hello } from "./control.ts";
import { ownBytes } from "./own-bytes.ts";
import { type LoadedModel, Runs } from "./runs.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface NativeOptions {
  /** The program with all of its arguments: worker/main.cc. */
  readonly command: readonly string[];
  readonly memory: MemoryBinding;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Threads of one run; 1 when absent. */
  readonly threads?: number;
  /** The worker ended by itself, and why. */
  ended?(reason: string): void;
}

const SESSIONS = 64;
/** A worker that answered something is started again at once; one that didn't, a little later each time. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 5_000;
/** A model under whose loading so many workers ended in a row is not loaded again. */
const LOADS_THAT_END = 5;

interface Entry {
  readonly number: number;
  readonly source: ModelSource;
  readonly budget: ModelBudget;
  /** In the worker that runs now. Rejects when it can't be loaded; replaced with each worker. */
  loaded: Promise<LoadedModel>;
  ended: number;
  inUse: number;
  freed: boolean;
}

/** Models in a process of its own, on ONNX Runtime's native library. */
export class NativeProvider implements Provider {
  readonly name = "native-cpu";
  readonly #options: NativeOptions;
  readonly #channel: Channel;
  readonly #runs: Runs;
  readonly #entries = new Map<number, Entry>();
  #worker: WorkerProcess;
  #hello: Hello | undefined;
  #answeredBefore = 0;
  #wait = 0;
  #again: Alarm | undefined;
  /** When there is a worker that is ready; another one when that has ended. */
  #up = Promise.withResolvers<WorkerProcess>();
  #isUp = false;
  #restarts = 0;
  #failure: string | undefined;
  #closed = false;
  readonly #over = Promise.withResolvers<void>();

  private constructor(options: NativeOptions) {
    this.#options = options;
    this.#channel = new Channel(options.memory, () => this.#runs.drain());
    const { region, arena, buffer } = this.#channel;
    this.#runs = new Runs({
      buffer,
      region,
      arena,
      clock: options.clock,
      wake: () => this.#channel.wake(),
      broken: (reason) => this.#worker.kill(reason),
    });
    this.#worker = this.#start();
  }

  /**
   * Starts the worker; that it is ready is the proof that it works here.
   *
   * @throws StepppsError (as a rejection) E_INFER_WORKER with what it said
   */
  static async open(options: NativeOptions): Promise<NativeProvider> {
    const provider = new NativeProvider(options);
    try {
      await provider.#worker.hello;
      return provider;
    } catch (thrown) {
      await provider.close();
      throw thrown;
    }
  }

  /** What the worker said of itself. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  async load(source: ModelSource, budget: ModelBudget): Promise<Session> {
    const number = Array.from({ length: SESSIONS }, (_, index) => index).find((index) => !this.#entries.has(index));
    if (this.#closed || number === undefined)
      throw new StepppsError("E_INFER_LOAD", this.#closed ? "closed" : "64 models are loaded");
    const entry: Entry = { number, source, budget, loaded: undefined as never, ended: 0, inUse: 0, freed: false };
    this.#entries.set(number, entry);
    entry.loaded = this.#up.promise.then((worker) => this.#loadInto(worker, entry));
    for (;;) {
      const attempt = entry.loaded;
      try {
        const model = await attempt;
        return this.#session(entry, model.inputs, model.outputs);
      } catch (thrown) {
        // The worker ended, and the next one tries.
        if (entry.loaded !== attempt) continue;
        this.#entries.delete(number);
        throw asStepppsError(thrown, "E_INFER_LOAD");
      }
    }
  }

  health(): ProviderHealth {
    const pid = this.#worker.pid;
    return {
      restarts: this.#restarts,
      ...(pid === undefined ? {} : { pid }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#again?.cancel();
      if (this.#again) this.#finish();
      else this.#worker.kill("closed");
    }
    await this.#over.promise;
  }

  #finish(): void {
    this.#channel.close();
    this.#up.promise.catch(() => {});
    this.#up.reject(new StepppsError("E_INFER_WORKER", "closed"));
    this.#over.resolve();
  }

  #session(entry: Entry, inputs: readonly Port[], outputs: readonly Port[]): Session {
    return {
      provider: this.name,
      inputs,
      outputs,
      batch: batchOf(inputs, outputs),
      run: (calls, deadline) => this.#run(entry, calls, deadline),
      free: () => {
        entry.freed = true;
        this.#unloadUnused(entry);
      },
    };
  }

  async #run(entry: Entry, calls: readonly (readonly Tensor[])[], deadline: number): Promise<RunResult> {
    const { clock } = this.#options;
    if (entry.freed || this.#closed) throw new StepppsError("E_INFER_MODEL", entry.source.name);
    entry.inUse++;
    try {
      const until = clock.monotonic() + deadline;
      const model = await entry.loaded;
      const left = until - clock.monotonic();
      if (left <= 0) throw new StepppsError("E_INFER_DEADLINE", "the worker was not ready in time");
      return await this.#runs.run(model, calls, left);
    } finally {
      entry.inUse--;
      this.#unloadUnused(entry);
    }
  }

  #unloadUnused(entry: Entry): void {
    if (!entry.freed || entry.inUse > 0 || this.#entries.get(entry.number) !== entry) return;
    this.#entries.delete(entry.number);
    this.#worker.unload(entry.number);
  }

  async #loadInto(worker: WorkerProcess, entry: Entry): Promise<LoadedModel> {
    const { clock, threads = 1 } = this.#options;
    const { source, budget } = entry;
    const file = await source.bytes();
    const late = new StepppsError("E_INFER_LOAD", `${source.name} was not loaded within ${budget.loadMs} ms`);
    let isLate = false;
    const alarm = clock.after(budget.loadMs, () => {
      isLate = true;
      worker.kill(late.detail);
    });
    try {
      const before = ownBytes(worker.pid);
      const model = await worker.load(entry.number, threads, file);
      const took = ownBytes(worker.pid) - before;
      if (took > budget.memoryBytes) {
        worker.unload(entry.number);
        throw new StepppsError("E_INFER_MEMORY", `${source.name} took ${took} bytes, more than ${budget.memoryBytes}`);
      }
      entry.ended = 0;
      return model;
    } catch (thrown) {
      throw isLate ? late : thrown;
    } finally {
      alarm.cancel();
    }
  }

  #start(): WorkerProcess {
    const { command, clock } = this.#options;
    const worker = new WorkerProcess({
      command,
      descriptors: this.#channel.descriptors,
      clock,
      ended: (reason, loading) => this.#ended(reason, loading),
    });
    worker.hello.then(
      (hello) => {
        this.#hello = hello;
        this.#failure = undefined;
        this.#isUp = true;
        this.#up.resolve(worker);
      },
      () => {},
    );
    return worker;
  }

  #ended(reason: string, loading: number | undefined): void {
    const { clock, ended } = this.#options;
    this.#runs.end(new StepppsError("E_INFER_WORKER", reason));
    if (this.#closed) return this.#finish();
    this.#failure = reason;
    this.#restarts++;
    ended?.(reason);
    const answered = this.#runs.answered > this.#answeredBefore;
    this.#answeredBefore = this.#runs.answered;
    this.#wait = answered ? 0 : Math.min(Math.max(2 * this.#wait, FIRST_WAIT_MS), LONGEST_WAIT_MS);
    const guilty = loading === undefined ? undefined : this.#entries.get(loading);
    if (guilty) guilty.ended++;
    if (this.#isUp) {
      this.#isUp = false;
      this.#up = Promise.withResolvers();
      for (const entry of this.#entries.values()) this.#loadAgain(entry);
    }
    this.#again = clock.after(this.#wait, () => {
      this.#again = undefined;
      this.#worker = this.#start();
    });
  }

  #loadAgain(entry: Entry): void {
    const up = this.#up.promise;
    const again = () => up.then((worker) => this.#loadInto(worker, entry));
    entry.loaded = entry.loaded.then(again, (error: StepppsError) => {
      if (error.code !== "E_INFER_WORKER") throw error;
      if (entry.ended < LOADS_THAT_END) return again();
      throw new StepppsError("E_INFER_LOAD", `the worker ended each time it loaded ${entry.source.name}: ${error.detail}`);
    });
    // Whoever runs it next hears of it.
    entry.loaded.catch(() => {});
  }
}
