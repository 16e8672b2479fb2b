import { onTestFinished } from "vitest";
import { type Manifest, type Qos, type SystemEvent, text, utf8 } from "../../../runtime/contract/index.ts";
import type { Delivery } from "../../../runtime/mqtt/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { PluginHost, type PluginHostOptions, type SandboxEngine, v8Engine } from "../../../runtime/script/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { MemoryBus } from "../../../runtime/testing/memory-bus.ts";
import { createAlarmQueue, createNextDue } from "../../../runtime/time/index.ts";
import { generateKeys, type KeyPair, signPackage } from "../../../runtime/trust/index.ts";
import type { Built } from "./guests.ts";

/** The same plugin under another manifest. */
export function variant({ manifest, wasm }: Built, change: Partial<Manifest>): Built {
  return { manifest: { ...manifest, ...change }, wasm };
}

const START = Date.UTC(2026, 0, 1);

/** A plugin host with its journal, and a device's life around it: it may be stopped and started again. */
export class Device {
  readonly clock = new VirtualClock(START);
  readonly bus = new MemoryBus();
  readonly events: Omit<SystemEvent, "time">[] = [];
  readonly keys: KeyPair = generateKeys();
  readonly #options: Partial<PluginHostOptions> & { readonly engine: SandboxEngine };
  #journal: Journal | undefined;
  #host: PluginHost | undefined;
  #alarms: ReturnType<typeof createAlarmQueue> | undefined;

  private constructor(options: Partial<PluginHostOptions>) {
    this.#options = { engine: v8Engine(), ...options };
  }

  /** Ends with the test. */
  static async start(options: Partial<PluginHostOptions> = {}): Promise<Device> {
    const device = new Device(options);
    await device.boot();
    onTestFinished(async () => {
      await device.stop();
      await device.#journal?.close();
    });
    return device;
  }

  get host(): PluginHost {
    return this.#host as PluginHost;
  }

  get journal(): Journal {
    return this.#journal as Journal;
  }

  async boot(): Promise<void> {
    this.#journal ??= (this.#options.journal as Journal | undefined) ?? (await openJournal({ file: ":memory:" }));
    this.#alarms = createAlarmQueue(this.clock);
    this.#host = await PluginHost.start({
      clock: this.clock,
      alarms: this.#alarms,
      nextDue: createNextDue("UTC"),
      faults: { pass() {} },
      retry: { waits: [0, 1_000, 10_000], pauseAfter: 50 },
      inbox: { count: 10_000, bytes: 16 * 1024 * 1024 },
      bus: this.bus,
      owners: [this.keys.public],
      settings: () => undefined,
      emit: (event) => this.events.push(event),
      sending() {},
      broken() {},
      ...this.#options,
      journal: this.#journal,
    });
  }

  async stop(): Promise<void> {
    await this.#host?.close();
    this.#alarms?.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.boot();
  }

  seal(built: Built): Uint8Array {
    return signPackage({ type: "plugin", ...built }, this.keys);
  }

  async deploy(built: Built): Promise<void> {
    await this.host.deploy(this.seal(built));
  }

  /** Resolves when the message's fate is on disk; rejects when it was not taken. */
  send(topic: string, payload: string | number | Uint8Array = "", more: Partial<Delivery> = {}): Promise<void> {
    const bytes = payload instanceof Uint8Array ? payload : utf8(String(payload));
    const qos: Qos = 1;
    const message = { topic, payload: bytes, qos, retain: false, duplicate: false, from: "test", ops: [], ...more };
    return new Promise((resolve, reject) => this.host.deliver(message, (error) => (error ? reject(error) : resolve())));
  }

  idle(): Promise<void> {
    return this.host.idle();
  }

  /** Lets time pass alarm by alarm. */
  async advance(ms: number): Promise<void> {
    let left = ms;
    for (let next = this.clock.nextIn(); next !== undefined && next <= left; next = this.clock.nextIn()) {
      this.clock.advance(next);
      left -= next;
      await this.idle();
    }
    this.clock.advance(left);
    await this.idle();
  }

  /** What was published to `topic` since the last call, as text. */
  said(topic: string): string[] {
    const said = this.bus.published.filter((message) => message.topic === topic).map(({ payload }) => text(payload));
    this.bus.published.splice(0, this.bus.published.length, ...this.bus.published.filter((message) => message.topic !== topic));
    return said;
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}
