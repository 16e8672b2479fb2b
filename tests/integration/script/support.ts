import { onTestFinished } from "vitest";
import {
  type DeployOptions,
  type DeployReport,
  type ErrorCode,
  type Manifest,
  type Qos,
  StepppsError,
  type SystemEvent,
  text,
  utf8,
} from "../../../runtime/contract/index.ts";
import type { Delivery } from "../../../runtime/mqtt/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import {
  type Deploys,
  openPlugins,
  type PluginHost,
  type Plugins,
  type PluginsOptions,
  type SandboxEngine,
  v8Engine,
} from "../../../runtime/script/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { MemoryBus } from "../../../runtime/testing/memory-bus.ts";
import { createAlarmQueue, createNextDue } from "../../../runtime/time/index.ts";
import { generateKeys, type KeyPair, openAuthority, type PublicKey, signPackage } from "../../../runtime/trust/index.ts";
import type { Built } from "./guests.ts";

/** The same plugin under another manifest. */
export function variant({ manifest, wasm }: Built, change: Partial<Manifest>): Built {
  return { manifest: { ...manifest, ...change }, wasm };
}

/** An engine that compiles nothing while `broken`: a version that can't be started. */
export function fragileEngine(): SandboxEngine & { broken: boolean } {
  const engine = v8Engine();
  return {
    name: engine.name,
    broken: false,
    async compile(wasm) {
      if (this.broken) throw new StepppsError("E_GUEST_INVALID");
      return engine.compile(wasm);
    },
    close: () => engine.close(),
  };
}

const START = Date.UTC(2026, 0, 1);

interface DeviceOptions extends PluginsOptions {
  /** ms. */
  readonly gate: number;
  readonly approval: number;
  /** Whether it ends with the test that it is started in. */
  readonly inTest: boolean;
}

/** A plugin host with its journal, and a device's life around it: it may be stopped and started again. */
export class Device {
  readonly clock = new VirtualClock(START);
  readonly bus = new MemoryBus();
  readonly events: Omit<SystemEvent, "time">[] = [];
  readonly reports: DeployReport[] = [];
  /** Who may deploy here. */
  owners: readonly PublicKey[];
  readonly keys: KeyPair = generateKeys();
  readonly #options: Partial<DeviceOptions> & { readonly engine: SandboxEngine };
  #journal: Journal | undefined;
  #plugins: Plugins | undefined;
  #alarms: ReturnType<typeof createAlarmQueue> | undefined;

  private constructor(options: Partial<DeviceOptions>) {
    this.#options = { engine: v8Engine(), ...options };
    this.owners = [this.keys.public];
  }

  /** Ends with the test, unless it is started outside of one. */
  static async start(options: Partial<DeviceOptions> = {}): Promise<Device> {
    const device = new Device(options);
    await device.boot();
    if (options.inTest === false) return device;
    onTestFinished(async () => {
      await device.stop();
      await device.#journal?.close();
    });
    return device;
  }

  get host(): PluginHost {
    return (this.#plugins as Plugins).host;
  }

  get deploys(): Deploys {
    return (this.#plugins as Plugins).deploys;
  }

  get journal(): Journal {
    return this.#journal as Journal;
  }

  async boot(): Promise<void> {
    this.#journal ??= (this.#options.journal as Journal | undefined) ?? (await openJournal({ file: ":memory:" }));
    this.#alarms = createAlarmQueue(this.clock);
    const { gate = 0, approval = 3_600_000, ...options } = this.#options;
    const shared = {
      journal: this.#journal,
      clock: this.clock,
      faults: options.faults ?? { pass() {} },
      emit: (event: Omit<SystemEvent, "time">) => void this.events.push(event),
    };
    this.#plugins = await openPlugins({
      ...shared,
      authority: await openAuthority({ ...shared, owners: () => this.owners, device: () => "device", group: () => undefined }),
      alarms: this.#alarms,
      nextDue: createNextDue("UTC"),
      retry: { waits: [0, 1_000, 10_000], pauseAfter: 50 },
      inbox: { count: 10_000, bytes: 16 * 1024 * 1024 },
      bus: this.bus,
      settings: () => undefined,
      limits: { gateMillis: () => gate, approvalMillis: () => approval, rows: () => 100 },
      reported: (report) => this.reports.push(report),
      sending() {},
      broken() {},
      ...options,
      journal: this.#journal,
    });
    this.deploys.resume();
  }

  async stop(): Promise<void> {
    await this.#plugins?.close();
    this.#alarms?.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.boot();
  }

  /** The supervisor ends other than in order, after its last commit: what it puts down when it ends in order is not there. */
  async crash(): Promise<void> {
    const open = await this.journal.read("deploy.open");
    await this.stop();
    await this.journal.commit(
      open.map(({ number, id, plugin, version, previous, content, source, ...row }) => {
        const { step, outcome, asks, differences, options, code, detail, time, millis, starts } = row;
        const about = [number, id, plugin, version, previous, content, source] as const;
        return ["deploy.put", ...about, step, outcome, asks, differences, options, code, detail, time, millis, starts] as const;
      }),
    );
    await this.boot();
  }

  seal(built: Built): Uint8Array {
    return signPackage({ type: "plugin", ...built }, this.keys);
  }

  /** What becomes of it, also when it is not taken. */
  take(built: Built, options?: DeployOptions): Promise<DeployReport> {
    return this.deploys.take(this.seal(built), options);
  }

  /** Throws when it is not taken. */
  async deploy(built: Built | Uint8Array): Promise<void> {
    const { error } = await this.deploys.take(built instanceof Uint8Array ? built : this.seal(built));
    if (error) throw new StepppsError(error.code as ErrorCode, error.detail);
  }

  /** Resolves when the message's fate is on disk; rejects when it was not taken. */
  send(topic: string, payload: string | number | Uint8Array = "", more: Partial<Delivery> = {}): Promise<void> {
    const bytes = payload instanceof Uint8Array ? payload : utf8(String(payload));
    const qos: Qos = 1;
    const message = { topic, payload: bytes, qos, retain: false, duplicate: false, from: "test", ops: [], ...more };
    return new Promise((resolve, reject) => this.host.deliver(message, (error) => (error ? reject(error) : resolve())));
  }

  async idle(): Promise<void> {
    await this.deploys.idle();
    await this.host.idle();
    await this.deploys.idle();
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
