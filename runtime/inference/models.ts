import {
  asStepppsError,
  type InferenceRequest,
  type InferenceResult,
  type Inferences,
  type ModelBudget,
  type ModelSource,
  type Provider,
  type ProviderName,
  type Session,
  StepppsError,
} from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Probed } from "./probe.ts";
import { InferenceQueue, type ServedModel } from "./queue.ts";

/** One way to run models, tried when the first model is loaded. */
export interface ProviderSource {
  readonly name: ProviderName;
  open(): Promise<Probed>;
}

export interface ModelsOptions {
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** In the order in which they are tried. */
  readonly providers: readonly ProviderSource[];
  /** Told once of each provider that was tried. */
  tried?(probed: Probed): void;
}

/** Refusals of a provider that say nothing about the others. */
const NEXT: ReadonlySet<string> = new Set(["E_INFER_LOAD", "E_INFER_WORKER", "E_INFER_MEMORY"]);

/**
 * The models of a device, what runs them, and those who want something inferred.
 *
 *   load ─▶ first provider that takes it ─▶ session ─▶ put: from now on it answers; whose place it takes goes when its runs are over
 *
 * Until `begin` requests for models that aren't there wait, within their deadlines: at a start plugins are at work before models are.
 */
export class Models implements Inferences {
  readonly #options: ModelsOptions;
  readonly #served = new Map<string, ServedModel>();
  readonly #queue: InferenceQueue;
  #providers: Promise<readonly Provider[]> | undefined;
  #begun = false;
  #late: (() => void)[] = [];

  constructor(options: ModelsOptions) {
    this.#options = options;
    this.#queue = new InferenceQueue({ models: this.#served, clock: options.clock });
  }

  has(model: string): boolean {
    return this.#served.has(model);
  }

  get(model: string): ServedModel | undefined {
    return this.#served.get(model);
  }

  infer(request: InferenceRequest): Promise<InferenceResult> {
    return this.#begun || this.has(request.model) ? this.#queue.infer(request) : this.#wait(request);
  }

  /** Loads a model with the first provider that takes it; nobody is answered by it yet. Throws E_INFER_PROVIDER, or what the last of them said. */
  async load(source: ModelSource, budget: ModelBudget): Promise<Session> {
    this.#providers ??= this.#open();
    let error = new StepppsError("E_INFER_PROVIDER", source.name);
    for (const provider of await this.#providers) {
      try {
        return await provider.load(source, budget);
      } catch (thrown) {
        error = asStepppsError(thrown, "E_INFER_LOAD");
        if (!NEXT.has(error.code)) break;
      }
    }
    throw error;
  }

  /** It answers from now on, in place of one of that name. */
  put(model: ServedModel): void {
    this.#retire(this.#served.get(model.name));
    this.#served.set(model.name, model);
  }

  /** It answers no more. */
  take(name: string): void {
    this.#retire(this.#served.get(name));
    this.#served.delete(name);
  }

  /** All models that are there at the start are loaded. */
  begin(): void {
    this.#begun = true;
    for (const resolve of this.#late.splice(0)) resolve();
  }

  /** Resolves when the models of the start are loaded, or after `ms`. */
  async loaded(ms: number): Promise<void> {
    if (this.#begun) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#late.push(resolve);
    const alarm = this.#options.clock.after(ms, resolve);
    await promise;
    alarm.cancel();
  }

  async close(): Promise<void> {
    this.begin();
    for (const provider of (await this.#providers) ?? []) await provider.close();
  }

  #retire(model: ServedModel | undefined): void {
    if (model) void this.#queue.drained(model.session).then(() => model.session.free());
  }

  async #wait(request: InferenceRequest): Promise<InferenceResult> {
    const { clock } = this.#options;
    const until = clock.monotonic() + request.deadline;
    await this.loaded(request.deadline);
    return this.#queue.infer({ ...request, deadline: until - clock.monotonic() });
  }

  async #open(): Promise<readonly Provider[]> {
    const providers: Provider[] = [];
    for (const { name, open } of this.#options.providers) {
      const probed = await open().catch((error: Error): Probed => ({ name, detail: error.message }));
      this.#options.tried?.(probed);
      if (probed.provider) providers.push(probed.provider);
    }
    return providers;
  }
}
