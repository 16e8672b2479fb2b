import {
  asStepppsError,
  type InferenceRequest,
  type InferenceResult,
  type Inferences,
  type RunResult,
  type Session,
  StepppsError,
  type Tensor,
} from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";
import { MAX_ROWS, mergeKey, rowsOf } from "./batch.ts";
import { checkInputs } from "./check.ts";
import { Deadlines } from "./deadlines.ts";

/** A model as it is asked. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly session: Session;
  /** Looks at what goes in; throws a StepppsError for what the model was not made for. */
  admit?(inputs: readonly Tensor[]): void;
  /** How unusual an inference is. */
  score?(inputs: readonly Tensor[], outputs: readonly Tensor[]): number;
}

/** The models that are there, by name. One may take another's place at any time. */
export interface ServedModels {
  get(name: string): ServedModel | undefined;
}

export interface QueueOptions {
  readonly models: ServedModels;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** How many requests of one owner may wait; more are refused. */
  readonly waitingPerOwner?: number;
}

/** Runs that are with a session at a time: one that runs, and one behind it so that it never waits for the next. */
const UNDER_WAY = 2;
const WAITING_PER_OWNER = 1_024;

interface Waiting {
  readonly request: InferenceRequest;
  readonly model: ServedModel;
  readonly key: string;
  /** In the clock's monotonic ms. */
  readonly until: number;
  retried: boolean;
  resolve(result: InferenceResult): void;
  reject(error: StepppsError): void;
  /** Answered: nothing more is to be done for it. */
  over: boolean;
}

/** What waits for one session, in the order of its owners' turns. */
interface Line {
  readonly model: ServedModel;
  readonly owners: Map<string, Waiting[]>;
  underWay: number;
  woken: boolean;
  /** Called when nothing waits here and nothing runs. */
  readonly drained: (() => void)[];
}

/**
 * Requests to models: taken by owner in turn, handed over together where a model takes several at once, answered by their deadline
 * whatever becomes of the run, and tried once more, alone, when the worker ended under them.
 */
export class InferenceQueue implements Inferences {
  readonly #options: QueueOptions;
  /** By session: a version that is on its way out keeps its own. */
  readonly #lines = new Map<Session, Line>();
  readonly #waiting = new Map<string, number>();
  readonly #deadlines: Deadlines<Waiting>;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock, (waiting) => this.#fail(waiting, tooLate(waiting)));
  }

  has(model: string): boolean {
    return this.#options.models.get(model) !== undefined;
  }

  infer(request: InferenceRequest): Promise<InferenceResult> {
    const { models, clock, waitingPerOwner = WAITING_PER_OWNER } = this.#options;
    const model = models.get(request.model);
    try {
      if (!model) throw new StepppsError("E_INFER_MODEL", request.model);
      if (!(request.deadline > 0)) throw new StepppsError("E_INFER_DEADLINE", "it was over before it began");
      if ((this.#waiting.get(request.owner) ?? 0) >= waitingPerOwner) {
        throw new StepppsError("E_INFER_BUSY", `${waitingPerOwner} requests of ${request.owner} wait`);
      }
      checkInputs(model.session.inputs, request.inputs);
      model.admit?.(request.inputs);
    } catch (thrown) {
      return Promise.reject(asStepppsError(thrown, "E_INFER_RUN"));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        request,
        model,
        key: model.session.batch > 1 ? mergeKey(request.inputs) : "",
        until: clock.monotonic() + request.deadline,
        retried: false,
        resolve,
        reject,
        over: false,
      };
      this.#waiting.set(request.owner, (this.#waiting.get(request.owner) ?? 0) + 1);
      this.#deadlines.add(waiting);
      this.#join(waiting);
    });
  }

  /** Resolves when nothing waits for the session and nothing runs in it. */
  drained(session: Session): Promise<void> {
    const line = this.#lines.get(session);
    return line ? new Promise((resolve) => line.drained.push(resolve)) : Promise.resolve();
  }

  #join(waiting: Waiting): void {
    const { model, request } = waiting;
    let line = this.#lines.get(model.session);
    if (!line) {
      line = { model, owners: new Map(), underWay: 0, woken: false, drained: [] };
      this.#lines.set(model.session, line);
    }
    const own = line.owners.get(request.owner);
    if (own) own.push(waiting);
    else line.owners.set(request.owner, [waiting]);
    if (line.woken) return;
    line.woken = true;
    // Behind whatever this turn of the event loop still asks for
    queueMicrotask(() => {
      line.woken = false;
      this.#handOver(line);
    });
  }

  #handOver(line: Line): void {
    while (line.underWay < UNDER_WAY) {
      const batch = takeBatch(line);
      if (batch.length === 0) break;
      line.underWay++;
      void this.#run(line, batch);
    }
    if (line.underWay > 0 || line.owners.size > 0) return;
    this.#lines.delete(line.model.session);
    for (const resolve of line.drained.splice(0)) resolve();
  }

  async #run(line: Line, batch: readonly Waiting[]): Promise<void> {
    const { session } = line.model;
    const until = Math.max(...batch.map((waiting) => waiting.until));
    try {
      const result = await session.run(
        batch.map(({ request }) => request.inputs),
        until - this.#options.clock.monotonic(),
      );
      batch.forEach((waiting, index) => {
        this.#finish(waiting, result, index);
      });
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_INFER_RUN");
      for (const waiting of batch) this.#failed(waiting, error, batch.length > 1);
    } finally {
      line.underWay--;
      this.#handOver(line);
    }
  }

  /** A run came to nothing: whoever was not to blame for sure gets another one, alone. */
  #failed(waiting: Waiting, error: StepppsError, shared: boolean): void {
    const again = error.code === "E_INFER_WORKER" || (shared && error.code !== "E_INFER_DEADLINE");
    if (waiting.over) return;
    if (!again || waiting.retried) return this.#fail(waiting, error);
    waiting.retried = true;
    this.#join(waiting);
  }

  #finish(waiting: Waiting, { outputs, micros }: RunResult, index: number): void {
    if (!this.#settle(waiting)) return;
    const { model, request } = waiting;
    const own = outputs[index] ?? [];
    try {
      const score = model.score?.(request.inputs, own);
      waiting.resolve({
        outputs: own,
        model: { name: model.name, version: model.version },
        provider: model.session.provider,
        micros,
        ...(score === undefined ? {} : { score }),
      });
    } catch (thrown) {
      waiting.reject(asStepppsError(thrown, "E_INFER_RUN"));
    }
  }

  #fail(waiting: Waiting, error: StepppsError): void {
    if (this.#settle(waiting)) waiting.reject(error);
  }

  #settle(waiting: Waiting): boolean {
    if (waiting.over) return false;
    waiting.over = true;
    this.#deadlines.delete(waiting);
    const { owner } = waiting.request;
    const left = (this.#waiting.get(owner) ?? 1) - 1;
    if (left > 0) this.#waiting.set(owner, left);
    else this.#waiting.delete(owner);
    return true;
  }
}

/** Takes what goes into the next run: one request of each owner in turn, as long as they fit together. */
function takeBatch({ model, owners }: Line): Waiting[] {
  const batch: Waiting[] = [];
  let rows = 0;
  // How many owners in a row had nothing that fits.
  for (let passed = 0; batch.length < model.session.batch && passed < owners.size; ) {
    const [owner, own] = owners.entries().next().value as [string, Waiting[]];
    while (own[0]?.over) own.shift();
    const [next] = own;
    passed++;
    if (next && joins(next, batch, rows)) {
      own.shift();
      batch.push(next);
      rows += rowsOf(next.request.inputs);
      passed = 0;
    }
    // Behind the others, so that the next one is somebody else's
    owners.delete(owner);
    if (own.length > 0) owners.set(owner, own);
    else passed = 0;
  }
  return batch;
}

function tooLate({ request }: Waiting): StepppsError {
  return new StepppsError("E_INFER_DEADLINE", request.model);
}

function joins(next: Waiting, batch: readonly Waiting[], rows: number): boolean {
  const [first] = batch;
  if (!first) return true;
  return !next.retried && !first.retried && next.key === first.key && rows + rowsOf(next.request.inputs) <= MAX_ROWS;
}
