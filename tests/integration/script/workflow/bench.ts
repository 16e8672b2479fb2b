import { onTestFinished } from "vitest";
import type { Faults, Message, StepppsError, SystemEvent } from "../../../../runtime/contract/index.ts";
import { text, utf8 } from "../../../../runtime/contract/index.ts";
import { VirtualClock } from "../../../../runtime/platform/index.ts";
import { v8Engine } from "../../../../runtime/script/index.ts";
import { prepareVersion, type Version } from "../../../../runtime/script/plugin/version.ts";
import { NOTHING, type Offer } from "../../../../runtime/script/workflow/offer.ts";
import type { WorkflowPorts } from "../../../../runtime/script/workflow/ports.ts";
import { recover } from "../../../../runtime/script/workflow/recover.ts";
import { Workflow } from "../../../../runtime/script/workflow/workflow.ts";
import { type Journal, type Op, openJournal } from "../../../../runtime/store/index.ts";
import { createAlarmQueue, createNextDue } from "../../../../runtime/time/index.ts";
import type { Built } from "../guests.ts";

export const START = Date.UTC(2026, 0, 1);
export const SEED = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

export interface BenchOptions {
  readonly journal?: Journal;
  readonly faults?: Faults;
  readonly clock?: VirtualClock;
  readonly ports?: Partial<WorkflowPorts>;
  readonly inTest?: boolean;
}

/** One workflow with a real journal, and the life of a device around it. */
export class Bench {
  readonly sent: Message[] = [];
  readonly events: Omit<SystemEvent, "time">[] = [];
  readonly clock: VirtualClock;
  journal!: Journal;
  workflow!: Workflow;
  readonly #engine = v8Engine();
  readonly #options: BenchOptions;
  readonly #versions = new Map<string, Built>();
  #alarms!: ReturnType<typeof createAlarmQueue>;
  /** Set: the broker takes nothing. */
  away = false;

  private constructor(options: BenchOptions) {
    this.#options = options;
    this.clock = options.clock ?? new VirtualClock(START);
  }

  /** With the first of these versions at work; ends with the test. */
  static async start(versions: readonly Built[], options: BenchOptions = {}): Promise<Bench> {
    const bench = new Bench(options);
    for (const built of versions) bench.#versions.set(built.manifest.version, built);
    bench.journal = options.journal ?? (await openJournal({ file: ":memory:" }));
    const { name, version } = (versions[0] as Built).manifest;
    const [row] = await bench.journal.read("plugin.one", name);
    if (!row) await bench.journal.commit([["plugin.set", name, version, null, SEED, 0, 0]]);
    await bench.boot(name);
    if (options.inTest !== false)
      onTestFinished(async () => {
        await bench.workflow.close();
        await bench.journal.close();
      });
    return bench;
  }

  async boot(name = this.workflow.name): Promise<void> {
    const [row] = await this.journal.read("plugin.one", name);
    await this.begin(name, await this.version(row?.version ?? ""));
    this.workflow.open();
  }

  /** As the journal has it, not yet open. */
  async begin(name: string, version: Version): Promise<void> {
    this.#alarms = createAlarmQueue(this.clock);
    const again = () => recover(this.journal, name, 0, 1 << 22);
    this.#alarms.onJump((delta) => this.workflow?.clockJumped(delta));
    this.workflow = new Workflow(version, await again(), {
      journal: this.journal,
      clock: this.clock,
      alarms: this.#alarms,
      nextDue: createNextDue("UTC"),
      faults: this.#options.faults ?? { pass() {} },
      retry: { waits: [1_000], pauseAfter: 50 },
      inbox: { count: 100_000, bytes: 64 * 1024 * 1024 },
      seed: { low: 1, high: 2 },
      send: (_, messages) => this.#send(messages),
      recover: again,
      full() {},
      emit: (event) => this.events.push(event),
      broken() {},
      paused: (_: string, __: StepppsError) => {},
      ...this.#options.ports,
    });
    await this.workflow.start();
  }

  /** Ends it without a word, as a crash would, but for what is on its way to the disk. */
  async crash(): Promise<void> {
    const { name } = this.workflow;
    this.#alarms.close();
    await this.workflow.close();
    await this.boot(name);
  }

  async version(number: string): Promise<Version> {
    const { manifest, wasm } = this.#versions.get(number) as Built;
    return prepareVersion(this.#engine, manifest, wasm, {});
  }

  async swap(number: string, gate = true, ops: readonly Op[] = []) {
    const version = await this.version(number);
    const { name } = version.manifest;
    return this.workflow.swap(version, {
      gate,
      ops: () => [["plugin.set", name, number, this.workflow.version.manifest.version, SEED, 0, this.workflow.seq], ...ops],
    });
  }

  async restore(ops: readonly Op[] = []) {
    return this.workflow.restore(await this.version(this.workflow.probation?.previous ?? ""), ops);
  }

  /** Resolves when its fate is on disk. */
  send(topic: string, payload: string | number = "", more: Partial<Offer> = {}): Promise<void> {
    const { handlers } = this.workflow.version.manifest;
    const handler = handlers.findIndex((one) => one.kind === "message" && one.filter === topic);
    if (handler < 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error ? reject(error) : resolve());
      const input = { kind: "message", handler, time: this.clock.now(), name: topic, payload: utf8(String(payload)) } as const;
      this.workflow.offer({ ...input, meta: NOTHING, attempts: 0, ops: [], settle, ...more });
    });
  }

  async advance(ms: number): Promise<void> {
    let left = ms;
    for (let next = this.clock.nextIn(); next !== undefined && next <= left; next = this.clock.nextIn()) {
      this.clock.advance(next);
      left -= next;
      await this.workflow.idle();
    }
    this.clock.advance(left);
    await this.workflow.idle();
  }

  /** The wall clock is set, which is noticed at once. */
  jump(ms: number): void {
    this.clock.jump(this.clock.now() + ms);
    this.#alarms.set("look", Number.MAX_SAFE_INTEGER, () => {});
  }

  /** What it knows: state and timers. */
  async known() {
    await this.workflow.idle();
    const state = await this.journal.read("state.all", this.workflow.name);
    const timers = await this.journal.read("timer.all", this.workflow.name);
    return {
      state: state.map(({ key, value }) => `${key}=${Buffer.from(value).toString("hex")}`),
      timers: timers.map(({ name, due, payload }) => `${name}@${due - START} ${text(payload)}`).sort(),
    };
  }

  /** What was published to `topic`, in order. */
  said(topic: string): string[] {
    return this.sent.filter((message) => message.topic === topic).map(({ payload }) => text(payload));
  }

  async #send(messages: readonly Message[]): Promise<void> {
    if (this.away) throw new Error("away");
    this.sent.push(...messages.map((message) => ({ ...message, payload: message.payload.slice() })));
  }
}
