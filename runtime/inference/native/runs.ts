import {
  decodeTensors,
  MAX_FRAME_BYTES,
  type Port,
  type RunResult,
  StepppsError,
  type Tensor,
  text,
} from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import { type MergedTensor, mergeCalls, splitOutputs } from "../batch.ts";
import type { Arena } from "./arena.ts";
import { mergedBytes, outputBytes, writeMerged } from "./frames.ts";
import { type Region, RUN_STATUS, RUNS, type RunAnswer } from "./region.ts";

/** A model that the worker has loaded. */
export interface LoadedModel {
  /** Its number there. */
  readonly session: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export interface RunsOptions {
  readonly buffer: ArrayBuffer;
  readonly region: Region;
  readonly arena: Arena;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Raises the signal that the worker waits for. */
  wake(): void;
  /** The worker doesn't answer, or answers what can't be: it has to be ended. */
  broken(reason: string): void;
}

/** A run that is late has so many ms to be stopped by itself; then the worker is ended. */
const GRACE_MS = 200;
/** Room for the library's words where there is no result. */
const REASON_BYTES = 512;

interface Run {
  readonly model: LoadedModel;
  readonly calls: readonly (readonly Tensor[])[];
  readonly inputs: readonly MergedTensor[];
  /** ms of the clock. */
  readonly until: number;
  capacity: number;
  inputAt: number;
  outputAt: number;
  resolve(result: RunResult): void;
  reject(error: StepppsError): void;
}

/** The runs of one worker: written into the shared memory, handed over, and read back when they are done. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Those that the worker has, by their number, in the order in which it takes them. */
  readonly #inFlight = new Map<number, Run>();
  /** Those for which there is no room yet. */
  readonly #waiting: Run[] = [];
  readonly #numbers = Array.from({ length: RUNS }, (_, number) => number);
  /** When the worker began with the first one in flight, at the earliest. */
  #headSince = 0;
  #watch: Alarm | undefined;
  /** How large outputs were whose size only the run told. */
  readonly #sizes = new WeakMap<LoadedModel, number>();
  /** How many runs a worker has brought to an end, ever. */
  answered = 0;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.buffer);
  }

  /** @throws StepppsError (as a rejection) E_INFER_DEADLINE, E_INFER_RUN, E_INFER_MEMORY, E_INFER_WORKER */
  run(model: LoadedModel, calls: readonly (readonly Tensor[])[], deadline: number): Promise<RunResult> {
    const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
    const inputs = mergeCalls(calls);
    const until = this.#options.clock.monotonic() + deadline;
    const run: Run = {
      model,
      calls,
      inputs,
      until,
      capacity: Math.max(outputBytes(model, inputs), this.#sizes.get(model) ?? 0, REASON_BYTES),
      inputAt: 0,
      outputAt: 0,
      resolve,
      reject,
    };
    this.#waiting.push(run);
    this.#fill();
    return promise;
  }

  /** Reads what the worker has done. To be called when it raised its signal. */
  drain(): void {
    const { region, broken } = this.#options;
    for (let number = region.nextCompleted(); number !== undefined; number = region.nextCompleted()) {
      const run = this.#inFlight.get(number);
      if (!run) return broken(`run ${number} is done, but was not asked for`);
      this.#headSince = this.#options.clock.monotonic();
      this.#inFlight.delete(number);
      this.#numbers.push(number);
      this.answered++;
      this.#answer(run, region.answer(number));
    }
    this.#fill();
  }

  /** Answers everything with `error`. Only when no worker has the memory any more. */
  end(error: StepppsError): void {
    const { region, arena } = this.#options;
    const runs = [...this.#inFlight.values(), ...this.#waiting.splice(0)];
    this.#numbers.push(...this.#inFlight.keys());
    this.#inFlight.clear();
    this.#watch?.cancel();
    this.#watch = undefined;
    region.reset();
    arena.reset();
    for (const run of runs) run.reject(error);
  }

  #fill(): void {
    let asleep = false;
    for (let [run] = this.#waiting; run; [run] = this.#waiting) {
      const fits = this.#place(run);
      if (fits === false) break;
      this.#waiting.shift();
      if (fits === undefined) continue;
      asleep = this.#submit(run) || asleep;
    }
    if (asleep) this.#options.wake();
    if (this.#inFlight.size > 0) this.#watchHead();
  }

  /** Finds room; false when there is none at the moment, undefined when there never is. */
  #place(run: Run): boolean | undefined {
    const { arena } = this.#options;
    const size = mergedBytes(run.inputs);
    if (size > MAX_FRAME_BYTES || run.capacity > MAX_FRAME_BYTES || size + run.capacity > arena.capacity / 2) {
      run.reject(new StepppsError("E_INFER_MEMORY", `${size} bytes in and ${run.capacity} out don't fit into what is shared`));
      return undefined;
    }
    if (this.#numbers.length === 0) return false;
    const inputAt = arena.take(size);
    if (inputAt === undefined) return false;
    const outputAt = arena.take(run.capacity);
    if (outputAt === undefined) {
      arena.give(inputAt);
      return false;
    }
    run.inputAt = inputAt;
    run.outputAt = outputAt;
    writeMerged(this.#bytes.subarray(inputAt, inputAt + size), run.inputs);
    return true;
  }

  #submit(run: Run): boolean {
    const { region, clock } = this.#options;
    const left = Math.max(0, run.until - clock.monotonic());
    const number = this.#numbers.pop() as number;
    if (this.#inFlight.size === 0) this.#headSince = clock.monotonic();
    this.#inFlight.set(number, run);
    return region.submit(number, {
      session: run.model.session,
      deadline: process.hrtime.bigint() + BigInt(Math.round(Math.min(left, 1e9) * 1e6)),
      inputAt: run.inputAt,
      inputSize: mergedBytes(run.inputs),
      outputAt: run.outputAt,
      outputCapacity: run.capacity,
    });
  }

  #answer(run: Run, answer: RunAnswer): void {
    const { arena, broken } = this.#options;
    const size = Math.min(answer.outputSize, run.capacity);
    // A copy first, then a look at it: the worker may still write there.
    const output = this.#bytes.slice(run.outputAt, run.outputAt + size);
    arena.give(run.inputAt);
    arena.give(run.outputAt);
    switch (answer.status) {
      case RUN_STATUS.ok:
        try {
          const outputs = splitOutputs(run.calls, decodeTensors(output));
          return run.resolve({ outputs, micros: Number(answer.nanoseconds) / 1e3, copied: answer.copied });
        } catch (thrown) {
          if (thrown instanceof StepppsError && thrown.code === "E_INFER_RUN") return run.reject(thrown);
          run.reject(new StepppsError("E_INFER_WORKER", "its outputs are no tensors", { cause: thrown }));
          return broken("its outputs are no tensors");
        }
      case RUN_STATUS.deadline:
        return run.reject(new StepppsError("E_INFER_DEADLINE", "the run was stopped"));
      case RUN_STATUS.failed:
        return run.reject(new StepppsError("E_INFER_RUN", reasonIn(output)));
      case RUN_STATUS.noSession:
        return run.reject(new StepppsError("E_INFER_WORKER", "the worker has not loaded the model"));
      case RUN_STATUS.tooSmall:
        if (answer.outputSize <= run.capacity) break;
        run.capacity = answer.outputSize;
        this.#sizes.set(run.model, answer.outputSize);
        this.#waiting.unshift(run);
        return;
    }
    run.reject(new StepppsError("E_INFER_WORKER", `it answered ${answer.status}`));
    broken(`it answered ${answer.status}`);
  }

  // The worker takes runs in their order, so only the first one can be what holds it up.
  #watchHead(): void {
    if (this.#watch) return;
    const { clock, broken } = this.#options;
    const [head] = this.#inFlight.values();
    if (!head) return;
    const due = Math.max(head.until, this.#headSince) + GRACE_MS;
    this.#watch = clock.after(due - clock.monotonic(), () => {
      this.#watch = undefined;
      const [now] = this.#inFlight.values();
      if (!now) return;
      if (clock.monotonic() >= Math.max(now.until, this.#headSince) + GRACE_MS) broken("a run can't be stopped");
      else this.#watchHead();
    });
  }
}

function reasonIn(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch {
    return "the reason is no text";
  }
}
