import { decode } from "cbor-x";
import {
  type ErrorCode,
  type Inferences,
  type Manifest,
  parseDuration,
  StepppsError,
  type SystemEvent,
  utf8,
} from "../contract/index.ts";
import { VirtualClock } from "../platform/index.ts";
import { DEFAULT_RETRY, openPlugins, type PluginHost, type Plugins, type SandboxEngine } from "../script/index.ts";
import { type Journal, openJournal } from "../store/index.ts";
import { createAlarmQueue, createNextDue } from "../time/index.ts";
import { generateKeys, type KeyPair, openAuthority, signPackage } from "../trust/index.ts";
import { Expectations, type Matcher, type Published } from "./expectation.ts";
import { MemoryBus } from "./memory-bus.ts";

export interface TestOptions {
  /** Settings as under `plugins.<name>.config` in the device document. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Where the virtual clock begins; 2026-01-01T00:00:00Z where absent. */
  readonly start?: Date | string;
  /** IANA name, for cron handlers; UTC where absent. */
  readonly timezone?: string;
  readonly engine: SandboxEngine;
  /** What it asks; on a device without models where absent. */
  readonly inferences?: Inferences;
}

/** A compiled plugin. */
export interface BuiltPlugin {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

/** A dead letter as a test sees it. */
export interface TestDeadLetter {
  readonly code: string;
  readonly detail: string;
}

/**
 * One plugin in the real sandbox, with the real journal (in memory) and a clock that stands still until told.
 *
 * What the device would do between two lines of a test has been done when the first line's promise resolves.
 */
export class PluginTest {
  readonly clock: VirtualClock;
  readonly #options: TestOptions;
  readonly #journal: Journal;
  readonly #bus: MemoryBus;
  readonly #keys: KeyPair;
  readonly #events: Omit<SystemEvent, "time">[] = [];
  readonly #expectations = new Expectations();
  #manifest: Manifest;
  #alarms: ReturnType<typeof createAlarmQueue> | undefined;
  #plugins: Plugins | undefined;

  private constructor(options: TestOptions, manifest: Manifest, journal: Journal, keys: KeyPair) {
    this.#options = options;
    this.#journal = journal;
    this.#keys = keys;
    this.#bus = new MemoryBus();
    this.#manifest = manifest;
    this.clock = new VirtualClock(options.start === undefined ? undefined : new Date(options.start).getTime());
  }

  /** Signs and deploys the plugin on a device of its own. */
  static async start({ manifest, wasm }: BuiltPlugin, options: TestOptions): Promise<PluginTest> {
    const keys = generateKeys();
    const test = new PluginTest(options, manifest, await openJournal({ file: ":memory:" }), keys);
    await test.#boot();
    await test.#deploy({ manifest, wasm });
    await test.#settle();
    return test;
  }

  /** Of the version at work. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Puts another version in its place, which takes over the state: with its own migration where it declares one. */
  async upgrade(built: BuiltPlugin): Promise<void> {
    await this.#deploy(built);
    this.#manifest = built.manifest;
    await this.#settle();
  }

  /** Sends the plugin a message: text and bytes as they are, anything else as JSON. Resolves when everything it caused is done. */
  async publish(topic: string, payload: unknown = ""): Promise<void> {
    const bytes = payload instanceof Uint8Array ? payload : utf8(typeof payload === "string" ? payload : JSON.stringify(payload));
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(error) : resolve());
      this.#live.deliver({ topic, payload: bytes, qos: 1, retain: false, duplicate: false, from: "test", ops: [] }, done);
    });
    await this.#settle();
  }

  /** Lets time pass: "5m" or ms. Every timer on the way rings at its own time. */
  async advance(time: string | number): Promise<void> {
    let left = typeof time === "number" ? time : parseDuration(time);
    for (let next = this.clock.nextIn(); next !== undefined && next <= left; next = this.clock.nextIn()) {
      this.clock.advance(next);
      left -= next;
      await this.#settle();
    }
    this.clock.advance(left);
    await this.#settle();
  }

  /** Lets time pass until that moment. */
  async advanceTo(moment: Date | string): Promise<void> {
    await this.advance(new Date(moment).getTime() - this.clock.now());
  }

  /** The first message on `topic` (a name or a filter) that matches and that no earlier expectation claimed. */
  expectPublished(topic: string, matcher?: Matcher): Published {
    return this.#expectations.expect(topic, matcher, this.expectPublished);
  }

  /** Nothing was published but what earlier expectations claimed. */
  expectNothingPublished(): void {
    this.#expectations.expectNothing(this.expectNothingPublished);
  }

  /** Forgets what was published so far. */
  clearPublished(): void {
    this.#expectations.clear();
  }

  /** The `@state` fields as they were last saved; a StateMap's entries are under `field/key`. */
  get state(): Readonly<Record<string, unknown>> {
    const { entries } = this.#live.workflow(this.manifest.name).image;
    return Object.fromEntries([...entries].map(([key, value]) => [key, decode(value)]));
  }

  /** What the plugin logged, oldest first. */
  get logs(): readonly string[] {
    return this.#events.filter((event) => event.kind === "plugin.log").map((event) => event.text);
  }

  /** Inputs that were given up. */
  async deadLetters(): Promise<readonly TestDeadLetter[]> {
    return this.#journal.read("dead.all", this.manifest.name, 100);
  }

  /** As a power cut and a start: only what was committed remains. `away`: how long the device was off. */
  async restart(away: string | number = 0): Promise<void> {
    await this.#plugins?.close();
    this.#alarms?.close();
    this.clock.advance(typeof away === "number" ? away : parseDuration(away));
    await this.#boot();
    // What came due while it was off rings now.
    await this.advance(0);
  }

  async close(): Promise<void> {
    await this.#plugins?.close();
    this.#alarms?.close();
    await this.#journal.close();
  }

  get #live(): PluginHost {
    return (this.#plugins as Plugins).host;
  }

  async #deploy({ manifest, wasm }: BuiltPlugin): Promise<void> {
    const envelope = signPackage({ type: "plugin", manifest, wasm }, this.#keys);
    const { deploys } = this.#plugins as Plugins;
    const report = await deploys.take(envelope);
    // What it asks for beyond the version before is its author's wish here.
    const { error } = report.outcome === "waiting" ? await deploys.approve(report.id) : report;
    if (error) throw new StepppsError(error.code as ErrorCode, error.detail);
  }

  async #boot(): Promise<void> {
    this.#alarms = createAlarmQueue(this.clock);
    const shared = {
      journal: this.#journal,
      clock: this.clock,
      faults: { pass() {} },
      emit: (event: Omit<SystemEvent, "time">) => void this.#events.push(event),
    };
    const owners = () => [this.#keys.public];
    this.#plugins = await openPlugins({
      ...shared,
      authority: await openAuthority({ ...shared, owners, device: () => "test", group: () => undefined }),
      alarms: this.#alarms,
      nextDue: createNextDue(this.#options.timezone ?? "UTC"),
      retry: DEFAULT_RETRY,
      inbox: { count: 10_000, bytes: 64 * 1024 * 1024 },
      engine: this.#options.engine,
      ...(this.#options.inferences && { inferences: this.#options.inferences }),
      bus: this.#bus,
      limits: { gateMillis: () => 0, approvalMillis: () => 0, rows: () => 100 },
      reported() {},
      settings: () => (this.#options.config ? { config: this.#options.config } : undefined),
      sending() {},
      broken() {},
    });
  }

  async #settle(): Promise<void> {
    await this.#live.idle();
    this.#expectations.add(this.#bus.published.splice(0));
  }
}
