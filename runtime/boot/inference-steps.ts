import {
  asStepppsError,
  type InferenceStep,
  type Message,
  StepppsError,
  type Tensor,
  topicMatches,
  utf8,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Models } from "../inference/models.ts";
import { answerTopic, inputOf, resultJson, rowOf, takesBytes } from "../inference/step.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { LiveDocument } from "./live-document.ts";

export interface StepsPorts {
  readonly models: Pick<Models, "get" | "infer" | "loaded">;
  readonly bus: Pick<Bus, "publish">;
  /** The steps' own part of the broker's subscriptions. */
  readonly topics: Pick<Bus, "subscribe" | "unsubscribe">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly events: Pick<EventLog, "emit">;
  /** Gives a message to the plugins of this device. */
  inject(topic: string, payload: Uint8Array): void;
}

const WITHIN_MS = 1_000;
/** Topics of one step that a window is kept of: beyond, the one that was silent longest begins anew. */
const MAX_WINDOWS = 256;
/** The same failure of a step is told once in so many ms. */
const TELL_EVERY_MS = 60_000;

interface Running {
  readonly step: InferenceStep;
  readonly windows: Map<string, number[][]>;
  told: number;
}

/**
 * The document's inference steps: a message on a topic goes through a model to another topic, with no plugin. A message may be lost, as at
 * QoS 0: with a crash between it and its answer, and where more come than the model can do. What a step says goes to the broker and to
 * the plugins, never to another step, so that no circle is made of steps.
 */
export class InferenceSteps {
  readonly #ports: StepsPorts;
  #running: readonly Running[] = [];

  constructor(ports: StepsPorts) {
    this.#ports = ports;
  }

  /** These steps, in place of those before. */
  async set(steps: readonly InferenceStep[]): Promise<void> {
    const { topics } = this.#ports;
    const before = new Set(this.#running.map(({ step }) => step.from));
    const after = new Set(steps.map(({ from }) => from));
    this.#running = steps.map((step) => ({ step, windows: new Map(), told: Number.NEGATIVE_INFINITY }));
    for (const filter of after) if (!before.has(filter)) await topics.subscribe(filter);
    for (const filter of before) if (!after.has(filter)) await topics.unsubscribe(filter);
  }

  /** The document's steps, now and whenever they change. */
  async follow(document: Pick<LiveDocument, "current" | "on">): Promise<void> {
    document.on("inference", ({ inference = [] }) => this.set(inference));
    await this.set(document.current.inference ?? []);
  }

  /** Stands before the plugins: what is given to them is heard here, too. */
  before(host: Pick<StepsPorts, "inject">): Pick<StepsPorts, "inject"> {
    return {
      inject: (topic, payload) => {
        this.hear({ topic, payload });
        host.inject(topic, payload);
      },
    };
  }

  /** Hears what passes. The payload may be used again when this returns. */
  hear({ topic, payload }: Pick<Message, "topic" | "payload">): void {
    for (const running of this.#running) {
      if (!topicMatches(running.step.from, topic)) continue;
      this.#infer(running, topic, payload).catch((error: unknown) =>
        this.#failed(running, topic, asStepppsError(error, "E_INFER_RUN")),
      );
    }
  }

  async #infer(running: Running, topic: string, payload: Uint8Array): Promise<void> {
    const { models } = this.#ports;
    const { model, withinMs = WITHIN_MS } = running.step;
    const kept = models.get(model) ? payload : payload.slice();
    if (!models.get(model)) await models.loaded(withinMs);
    const session = models.get(model)?.session;
    if (!session) throw new StepppsError("E_INFER_MODEL", model);
    const inputs = this.#inputs(running, session.inputs, topic, kept);
    if (!inputs) return;
    const result = await models.infer({ model, inputs, deadline: withinMs, owner: `step ${running.step.from}` });
    await this.#say(running.step, topic, resultJson(result, session.outputs));
  }

  /** Undefined while a window is not full. */
  #inputs(
    { step, windows }: Running,
    ports: Parameters<typeof inputOf>[0],
    topic: string,
    payload: Uint8Array,
  ): Tensor[] | undefined {
    if (takesBytes(ports) && !step.fields) return [{ dtype: "uint8", dims: [payload.length], bytes: payload.slice() }];
    const { window = 1 } = step;
    const rows = [...(windows.get(topic) ?? []), rowOf(step, payload)].slice(-window);
    windows.delete(topic);
    windows.set(topic, rows);
    for (const oldest of windows.keys()) if (windows.size > MAX_WINDOWS) windows.delete(oldest);
    return rows.length < window ? undefined : [inputOf(ports, rows)];
  }

  async #failed(running: Running, topic: string, { code, detail, message }: StepppsError): Promise<void> {
    const { clock, events } = this.#ports;
    const { step } = running;
    await this.#say(step, topic, { model: step.model, error: { code, detail } }).catch(() => {});
    const now = clock.monotonic();
    if (now - running.told < TELL_EVERY_MS) return;
    running.told = now;
    events.emit({ kind: "inference.trouble", level: "warn", code, text: `${step.from} → ${step.model}: ${message}` });
  }

  async #say({ to }: InferenceStep, topic: string, answer: object): Promise<void> {
    const target = answerTopic(to, topic);
    const payload = utf8(JSON.stringify(answer));
    this.#ports.inject(target, payload);
    await this.#ports.bus.publish({ topic: target, payload, qos: 0, retain: false });
  }
}
