import { type ChildProcess, spawn } from "node:child_process";
import { StepppsError } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import { type ControlAnswer, ControlReader, encodeLoad, encodeUnload, type Hello } from "./control.ts";
import type { LoadedModel } from "./runs.ts";

export interface WorkerOptions {
  /** The program with its arguments (worker/main.cc). */
  readonly command: readonly string[];
  /** The memory, and the signals to it and from it: its descriptors 3, 4 and 5. */
  readonly descriptors: readonly [memory: number, wake: number, done: number];
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Once, when it has ended: why, and the number of the model that it was loading. It writes to the shared memory no more. */
  ended(reason: string, loading: number | undefined): void;
}

/** For ONNX Runtime to be there: it is a library of 35 MB, which a card may have to read first. */
const START_MS = 30_000;
const KEPT_STDERR = 2_000;

interface Loading {
  resolve(model: LoadedModel & { readonly millis: number }): void;
  reject(error: StepppsError): void;
}

/** One process that runs models, from its start to its end. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #options: WorkerOptions;
  readonly #loading = new Map<number, Loading>();
  readonly #hello = Promise.withResolvers<Hello>();
  #stderr = "";
  #reason: string | undefined;
  #ended = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe", ...options.descriptors],
      // Nothing of the supervisor's environment. Threads share one heap of glibc's, so that what one frees another can have.
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", MALLOC_ARENA_MAX: "1" },
    });
    this.#child = child;
    const late = options.clock.after(START_MS, () => this.kill(`it was not ready within ${START_MS} ms`));
    this.#hello.promise.then(
      () => late.cancel(),
      () => late.cancel(),
    );
    const reader = new ControlReader();
    child.stdout?.on("data", (chunk: Buffer) => this.#take(reader, chunk));
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-KEPT_STDERR);
    });
    // What is written to one that has just ended is answered by its end.
    child.stdin?.on("error", () => {});
    child.once("error", (error) => this.#end(error.message));
    child.once("close", (code, signal) =>
      this.#end(this.#reason ?? (signal ? `ended by ${signal}` : `ended with exit code ${code}`)),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** When it is ready. Rejects with E_INFER_WORKER when it ends before. */
  get hello(): Promise<Hello> {
    return this.#hello.promise;
  }

  /**
   * Has a model loaded under a number that is free.
   *
   * @throws StepppsError (as a rejection) E_INFER_LOAD when the library refuses it, E_INFER_WORKER when the process ends meanwhile
   */
  load(session: number, threads: number, file: Uint8Array): Promise<LoadedModel & { readonly millis: number }> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new StepppsError("E_INFER_WORKER", this.#reason));
      this.#loading.set(session, { resolve, reject });
      this.#child.stdin?.write(encodeLoad(session, threads, file.length));
      this.#child.stdin?.write(file);
    });
  }

  unload(session: number): void {
    if (!this.#ended) this.#child.stdin?.write(encodeUnload(session));
  }

  /** Ends it at once; `reason` is what `ended` will say. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#child.kill("SIGKILL");
  }

  #take(reader: ControlReader, chunk: Uint8Array): void {
    try {
      for (const answer of reader.push(chunk)) this.#answer(answer);
    } catch (thrown) {
      this.kill(thrown instanceof StepppsError ? thrown.detail : String(thrown));
    }
  }

  #answer(answer: ControlAnswer): void {
    if (answer.kind === "hello") return this.#hello.resolve(answer.hello);
    const loading = this.#loading.get(answer.session);
    if (!loading) return this.kill("it answered what was not asked");
    this.#loading.delete(answer.session);
    if (answer.kind === "loaded") loading.resolve(answer);
    else loading.reject(new StepppsError("E_INFER_LOAD", answer.reason));
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const said = this.#stderr.trim().split("\n").at(-1);
    const whole = said ? `${reason}: ${said}` : reason;
    this.#reason = whole;
    const error = new StepppsError("E_INFER_WORKER", whole);
    this.#hello.reject(error);
    this.#hello.promise.catch(() => {});
    // It loads them one after the other.
    const [first] = this.#loading.keys();
    for (const loading of this.#loading.values()) loading.reject(error);
    this.#loading.clear();
    this.#options.ended(whole, first);
  }
}
