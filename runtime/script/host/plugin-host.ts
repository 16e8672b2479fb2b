import { randomBytes } from "node:crypto";
import {
  asStepppsError,
  type Message,
  type PluginSettings,
  type PluginStatus,
  StepppsError,
  type SystemEvent,
} from "../../contract/index.ts";
import type { Bus, Delivery } from "../../mqtt/index.ts";
import type { Op } from "../../store/index.ts";
import { openPackage, type PublicKey, type SignedPlugin } from "../../trust/index.ts";
import { checkSchedules } from "../plugin/schedules.ts";
import { prepareVersion, type Version } from "../plugin/version.ts";
import type { SandboxEngine } from "../sandbox/sandbox.ts";
import type { Seed } from "../workflow/batch.ts";
import type { WorkflowPorts } from "../workflow/ports.ts";
import { recover } from "../workflow/recover.ts";
import { Workflow } from "../workflow/workflow.ts";
import { deliver } from "./deliver.ts";
import { Routes } from "./routes.ts";
import { Seen } from "./seen.ts";

export interface PluginHostOptions extends Omit<WorkflowPorts, "seed" | "send" | "recover" | "paused" | "full"> {
  readonly engine: SandboxEngine;
  readonly bus: Pick<Bus, "subscribe" | "unsubscribe" | "publishAll" | "echoes">;
  /** Keys whose plugins this device runs. */
  readonly owners: readonly PublicKey[];
  /** The device document's part for a plugin. */
  settings(plugin: string): PluginSettings | undefined;
  emit(event: Omit<SystemEvent, "time">): void;
  /** Told of outputs on their way to the broker. */
  sending(plugin: string, messages: readonly Message[]): void;
}

interface Installed {
  readonly workflow: Workflow;
  readonly seed: Uint8Array;
  previousVersion: string | undefined;
}

/** Versions of a plugin that are kept, to go back to and so that a version keeps meaning one content. */
const KEPT_VERSIONS = 8;

/** The plugins of a device: starts them from the journal, gives them messages, puts new versions in their place. */
export class PluginHost {
  readonly counts = { messagesIn: 0, messagesOut: 0, dropped: 0 };
  readonly #options: PluginHostOptions;
  readonly #installed = new Map<string, Installed>();
  readonly #routes = new Routes();
  readonly #seen: Seen;
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(options: PluginHostOptions, seen: Seen) {
    this.#options = options;
    this.#seen = seen;
    options.alarms.onJump((delta) => {
      options.emit({
        kind: "clock.jumped",
        level: "warn",
        text: `the clock was set by ${delta} ms; delays go on as if it had not been`,
      });
      for (const { workflow } of this.#installed.values()) workflow.clockJumped(delta);
    });
  }

  /** Every plugin of the journal, at work. One that can't start is reported and left out; its rows stay. */
  static async start(options: PluginHostOptions): Promise<PluginHost> {
    const { journal } = options;
    const host = new PluginHost(options, new Seen((await journal.read("seen.recent", 50_000)).reverse()));
    const opens: { name: string; open: () => void }[] = [];
    for (const row of await journal.read("plugin.all")) {
      try {
        const version = await host.#stored(row.name, row.version);
        const open = await host.#begin(version, row.seed, row.nextSeq, row.previousVersion ?? undefined);
        opens.push({ name: row.name, open });
      } catch (error) {
        const fault = asStepppsError(error, "E_GUEST_INVALID");
        options.emit({ kind: "plugin.refused", level: "error", plugin: row.name, code: fault.code, text: fault.message });
      }
    }
    // What one of them still has to send may be for another: all of them listen before the first one sends.
    for (const { name, open } of opens) {
      try {
        open();
      } catch (error) {
        const fault = asStepppsError(error, "E_GUEST_INVALID");
        options.emit({ kind: "plugin.refused", level: "error", plugin: name, code: fault.code, text: fault.message });
      }
    }
    return host;
  }

  /** A message from the broker. `done` is called once what it caused is on disk, or with the reason why it was not taken. */
  deliver(message: Delivery, done: (error?: Error) => void): void {
    this.#deliver(message, {}, done);
  }

  /** A message that the supervisor itself made; may be lost, as at QoS 0. */
  inject(topic: string, payload: Uint8Array): void {
    this.deliver({ topic, payload, qos: 0, retain: false, duplicate: false, from: "", ops: [] }, () => {});
  }

  /** Verifies, compiles and stores a signed plugin, and puts it to work between two messages. Throws with nothing changed. */
  deploy(envelope: Uint8Array): Promise<SignedPlugin> {
    return this.#inTurn(() => this.#deploy(envelope));
  }

  async #deploy(envelope: Uint8Array): Promise<SignedPlugin> {
    const { owners, faults, journal, clock, emit } = this.#options;
    const signed = openPackage(envelope, owners);
    const { name, version } = signed.manifest;
    faults.pass("deploy:after-verify");
    const [stored] = await journal.read("version.one", name, version);
    const installed = this.#installed.get(name);
    if (stored && stored.id !== signed.id && !(await sameContent(stored.envelope, signed, owners))) {
      throw new StepppsError("E_PLUGIN_VERSION", `${name} ${version}`);
    }
    if (stored && installed?.workflow.version.manifest.version === version) return signed;
    const prepared = await this.#prepare(signed);
    const store: Op = ["version.add", name, version, signed.id, clock.now(), envelope.slice()];
    if (installed) await this.#replace(installed, prepared, [store, ...(await this.#surplus(name))], true);
    else await this.#install(prepared, store);
    emit({ kind: "plugin.deployed", level: "info", plugin: name, text: `${name} ${version} is at work` });
    return signed;
  }

  /** Puts the version before the current one back to work, with the state as it is now. */
  rollback(name: string): Promise<{ plugin: string; version: string }> {
    return this.#inTurn(() => this.#rollBack(name, true));
  }

  /** `mayReturn`: whether the version that was left is the one to go back to. */
  async #rollBack(name: string, mayReturn: boolean): Promise<{ plugin: string; version: string }> {
    const installed = this.#get(name);
    const { previousVersion } = installed;
    if (!previousVersion) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", name);
    const from = installed.workflow.version.manifest.version;
    await this.#replace(installed, await this.#stored(name, previousVersion), [], mayReturn);
    this.#options.emit({
      kind: "plugin.rolled-back",
      level: "warn",
      plugin: name,
      text: `${name} went back from ${from} to ${previousVersion}`,
    });
    return { plugin: name, version: previousVersion };
  }

  /** Stops a plugin and forgets everything of it. */
  remove(name: string): Promise<void> {
    return this.#inTurn(() => this.#remove(name));
  }

  async #remove(name: string): Promise<void> {
    const { workflow } = this.#get(name);
    this.#installed.delete(name);
    await Promise.all(this.#routes.remove(workflow).map((filter) => this.#options.bus.unsubscribe(filter)));
    await workflow.close();
    await this.#options.journal.commit([["plugin.delete", name]]);
  }

  /** The workflow of a plugin; throws E_PLUGIN_UNKNOWN. */
  workflow(name: string): Workflow {
    return this.#get(name).workflow;
  }

  status(): PluginStatus[] {
    return [...this.#installed.values()].map(({ workflow, previousVersion }) => {
      const { name, version, durability } = workflow.version.manifest;
      return { name, version, ...(previousVersion && { previousVersion }), durability, ...workflow.counts, ...workflow.report };
    });
  }

  /** Resolves when no plugin has anything left to do now. */
  async idle(): Promise<void> {
    let change: unknown;
    do {
      change = this.#changing;
      await change;
      for (const { workflow } of this.#installed.values()) await workflow.idle();
    } while (change !== this.#changing);
  }

  async close(): Promise<void> {
    await this.#changing;
    await Promise.all([...this.#installed.values()].map(({ workflow }) => workflow.close()));
    this.#installed.clear();
  }

  /** Changes of what is installed come one after the other. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(change);
    this.#changing = turn.catch(() => {});
    return turn;
  }

  #deliver(message: Delivery, origin: { readonly inside?: true }, done: (error?: Error) => void): void {
    const { journal, clock } = this.#options;
    this.counts.messagesIn++;
    deliver(message, this.#routes.match(message.topic), { seen: this.#seen, journal, clock, ...origin }, (error) => {
      // What comes from a plugin above QoS 0 is sent again until it is taken.
      if (error && !(origin.inside && message.qos > 0)) this.counts.dropped++;
      done(error);
    });
  }

  #get(name: string): Installed {
    const installed = this.#installed.get(name);
    if (!installed) throw new StepppsError("E_PLUGIN_UNKNOWN", name.slice(0, 80));
    return installed;
  }

  async #stored(name: string, version: string): Promise<Version> {
    const [row] = await this.#options.journal.read("version.one", name, version);
    if (!row) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", `${name} ${version}`);
    return this.#prepare(openPackage(row.envelope, this.#options.owners));
  }

  async #prepare({ manifest, wasm }: Pick<SignedPlugin, "manifest" | "wasm">): Promise<Version> {
    const { engine, settings, nextDue, clock } = this.#options;
    checkSchedules(manifest, nextDue, clock.now());
    return prepareVersion(engine, manifest, wasm, settings(manifest.name)?.config ?? {});
  }

  /** Brings a plugin to its state and gives it its topics; what is returned lets it go to work. */
  async #begin(
    version: Version,
    seedBytes: Uint8Array,
    nextSeq: number,
    previousVersion: string | undefined,
  ): Promise<() => void> {
    const { journal } = this.#options;
    const { name, limits } = version.manifest;
    const recovered = await recover(journal, name, nextSeq, limits.memoryBytes);
    const workflow = new Workflow(version, recovered, {
      ...this.#options,
      seed: readSeed(seedBytes),
      send: (plugin, messages) => this.#send(plugin, messages),
      recover: (plugin, current) => recover(journal, plugin, workflow.seq, current.manifest.limits.memoryBytes),
      full: () => {
        for (const installed of this.#installed.values()) installed.workflow.shed();
      },
      paused: (plugin) => void this.#fallBack(plugin),
    });
    try {
      await workflow.start();
    } catch (error) {
      version.guest.close();
      throw error;
    }
    this.#installed.set(name, { workflow, seed: seedBytes, previousVersion });
    await this.#route(workflow, version);
    return () => workflow.open(recovered);
  }

  /** First version of a plugin, or one in place of a version that could not be started. */
  async #install(version: Version, store: Op): Promise<void> {
    const { journal, faults } = this.#options;
    const { name, version: number } = version.manifest;
    const [row] = await journal.read("plugin.one", name);
    const seed = row?.seed ?? new Uint8Array(randomBytes(8));
    const previous = row && row.version !== number ? row.version : (row?.previousVersion ?? undefined);
    await journal.commit([store, ["plugin.set", name, number, previous ?? null, seed, 0, row?.nextSeq ?? 0]]);
    faults.pass("deploy:after-store");
    try {
      const open = await this.#begin(version, seed, row?.nextSeq ?? 0, previous);
      open();
    } catch (error) {
      await journal.commit(
        row ? [["plugin.set", name, row.version, row.previousVersion, seed, row.paused, row.nextSeq]] : [["plugin.delete", name]],
      );
      throw error;
    }
  }

  /** Versions beyond the newest few go when another one comes. */
  async #surplus(name: string): Promise<Op[]> {
    const { workflow, previousVersion } = this.#get(name);
    const inUse = [workflow.version.manifest.version, previousVersion];
    const versions = await this.#options.journal.read("version.all", name);
    const surplus = versions.slice(KEPT_VERSIONS).filter(({ version }) => !inUse.includes(version));
    return surplus.map(({ version }): Op => ["version.delete", name, version]);
  }

  async #replace(installed: Installed, version: Version, ops: readonly Op[], mayReturn: boolean): Promise<void> {
    const { workflow, seed } = installed;
    const old = workflow.version.manifest;
    const { name, version: number } = version.manifest;
    const previous = mayReturn ? old.version : undefined;
    const change = (): Op[] => [
      ...ops,
      ["checkpoint.trim", name, workflow.seq],
      ["checkpoint.set", name, workflow.seq, number, workflow.image.snapshot()],
      ["plugin.set", name, number, previous ?? null, seed, 0, workflow.seq],
      ["schedule.clear", name],
    ];
    try {
      await workflow.replace(version, change);
    } catch (error) {
      version.guest.close();
      throw error;
    }
    installed.previousVersion = previous;
    await this.#route(workflow, version);
  }

  async #route(workflow: Workflow, version: Version): Promise<void> {
    const { take, leave } = this.#routes.set(workflow, version.filters);
    await Promise.all([
      ...take.map((filter) => this.#options.bus.subscribe(filter)),
      ...leave.map((filter) => this.#options.bus.unsubscribe(filter)),
    ]);
  }

  /**
   * Outputs go to the broker and to the plugins that listen; both are told of repeats by the id. Where a plugin can't take one
   * now nothing after it is sent: two plugins that flood each other would send all of it again with every try.
   */
  async #send(plugin: string, messages: readonly Message[]): Promise<void> {
    const inside = this.#options.bus.echoes ? [] : messages.filter((message) => this.#routes.match(message.topic).length > 0);
    const taken: Promise<void>[] = [];
    let refused: Error | undefined;
    for (const message of inside) {
      const delivered = this.#deliverInside(plugin, message, (error) => {
        refused = error;
      });
      delivered.catch(() => {});
      if (refused) throw refused;
      taken.push(delivered);
    }
    this.counts.messagesOut += messages.length;
    this.#options.sending(plugin, messages);
    await Promise.all([this.#options.bus.publishAll(messages), ...taken]);
  }

  #deliverInside(from: string, message: Message, refused: (error: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      // A plugin that can't take it now makes the sender's outbox try again, unless the message may be lost.
      const settle = (error?: Error) => {
        if (!error || message.qos === 0) return resolve();
        refused(error);
        reject(error);
      };
      this.#deliver({ ...message, from, duplicate: false, ops: [] }, { inside: true }, settle);
    });
  }

  /** A version that fails again and again gives way to the one before it. */
  async #fallBack(name: string): Promise<void> {
    const installed = this.#installed.get(name);
    if (!installed?.previousVersion) return;
    try {
      await this.#inTurn(() => this.#rollBack(name, false));
    } catch (error) {
      const fault = asStepppsError(error, "E_GUEST_INVALID");
      this.#options.emit({ kind: "plugin.failed", level: "error", plugin: name, code: fault.code, text: fault.message });
    }
  }
}

/** Whether what is stored under a version is what was signed now: signing again gives another envelope of the same content. */
async function sameContent(envelope: Uint8Array, signed: SignedPlugin, owners: readonly PublicKey[]): Promise<boolean> {
  const stored = openPackage(envelope, owners);
  return Buffer.from(stored.wasm).equals(signed.wasm) && JSON.stringify(stored.manifest) === JSON.stringify(signed.manifest);
}

function readSeed(bytes: Uint8Array): Seed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return { low: view.getInt32(0, true), high: view.getInt32(4, true) };
}
