import { randomBytes } from "node:crypto";
import { asStepppsError, type CallHistograms, compareVersions, type PluginStatus, StepppsError } from "../../contract/index.ts";
import type { Delivery } from "../../mqtt/index.ts";
import type { Op } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Recovered } from "../workflow/ports.ts";
import { recover } from "../workflow/recover.ts";
import { Workflow } from "../workflow/workflow.ts";
import { Canaries, canaryName } from "./canaries.ts";
import type { PluginHostOptions, SwapPlan } from "./host-options.ts";
import type { Installed } from "./installed.ts";
import { statusOf } from "./plugin-status.ts";
import { type Broken, replace } from "./replacement.ts";
import { readSeed } from "./seed.ts";
import type { PluginRow } from "./started.ts";
import { Starter } from "./starter.ts";
import { StoredVersions } from "./stored-versions.ts";
import { Traffic } from "./traffic.ts";

/** The plugins of a device: starts them from the journal, gives them messages, puts versions in each other's place. */
export class PluginHost {
  readonly versions: StoredVersions;
  /** Versions on trial beside those at work. */
  readonly canaries: Canaries;
  readonly #options: PluginHostOptions;
  readonly #installed = new Map<string, Installed>();
  readonly #traffic: Traffic;
  readonly #starter: Starter;

  private constructor(options: PluginHostOptions, traffic: Traffic) {
    this.#options = options;
    this.#traffic = traffic;
    this.versions = new StoredVersions(options);
    this.#starter = new Starter({ options, versions: this.versions, create: this.#create.bind(this) }, traffic);
    this.canaries = new Canaries({
      options,
      routes: traffic.routes,
      send: (plugin, messages) => traffic.send(plugin, messages),
      full: () => this.#shed(),
      paused: options.canaryPaused,
    });
    options.alarms.onJump((delta) => {
      options.emit({
        kind: "clock.jumped",
        level: "warn",
        text: `the clock was set by ${delta} ms; delays go on as if it had not been`,
      });
      for (const { workflow } of this.#installed.values()) workflow.clockJumped(delta);
      this.canaries.clockJumped(delta);
    });
  }

  /** Every plugin of the journal, at work. One that can't start is reported and left out; its rows stay. */
  static async start(options: PluginHostOptions): Promise<PluginHost> {
    const { journal } = options;
    const host = new PluginHost(options, await Traffic.open(options));
    const opens: { name: string; open: () => void }[] = [];
    await host.canaries.open();
    for (const row of await journal.read("plugin.all")) {
      if (options.settings(row.name)?.enabled === false) continue;
      try {
        opens.push({ name: row.name, open: await host.#resume(row) });
      } catch (error) {
        host.#refused(row.name, error);
      }
    }
    // What one of them still has to send may be for another: all of them listen before the first one sends.
    for (const { name, open } of opens) {
      try {
        open();
      } catch (error) {
        host.#refused(name, error);
      }
    }
    return host;
  }

  get counts(): Readonly<Traffic["counts"]> {
    return this.#traffic.counts;
  }

  /** A message from the broker. `done` is called once what it caused is on disk, or with the reason why it was not taken. */
  deliver(message: Delivery, done: (error?: Error) => void): void {
    this.#traffic.deliver(message, {}, done);
  }

  /** A message that the supervisor itself made; may be lost, as at QoS 0. */
  inject(topic: string, payload: Uint8Array): void {
    this.deliver({ topic, payload, qos: 0, retain: false, duplicate: false, from: "", ops: [] }, () => {});
  }

  /** First version of a plugin, or one in place of a version that could not be started. Throws with nothing changed. */
  async install(version: Version, ops: readonly Op[]): Promise<void> {
    const { journal, faults, clock } = this.#options;
    const { name, version: number } = version.manifest;
    const [row] = await journal.read("plugin.one", name);
    const seed = row?.seed ?? new Uint8Array(randomBytes(8));
    const previous = row && row.version !== number ? row.version : (row?.previousVersion ?? undefined);
    const recovered = await recover(journal, name, row?.nextSeq ?? 0, version.limits.memoryBytes);
    const replaced =
      row && row.version !== number
        ? await replace(await this.#broken(row), version, recovered, clock.now())
        : { recovered: { ...recovered, probation: undefined }, ops: [["probation.delete", name] as const] };
    const workflow = this.#create(version, seed, replaced.recovered);
    try {
      await workflow.start();
      await journal.commit([
        ...ops,
        ...replaced.ops,
        ["plugin.set", name, number, previous ?? null, seed, 0, row?.nextSeq ?? 0],
        ["config.set", name, JSON.stringify(version.given), null],
        ["config.settle", name],
        ["removal.delete", name],
      ]);
    } catch (error) {
      await workflow.close();
      throw error;
    }
    faults.pass("deploy:after-store");
    this.#installed.set(name, { workflow, seed, previousVersion: previous });
    // In one go: no message is for nobody, or for both.
    await Promise.all([this.#starter.dismiss(name), this.#traffic.route(workflow, version)]);
    workflow.open();
    if (!row) await this.#traffic.handOverRetained(workflow, version);
  }

  /** Puts another version to work between two inputs. Throws, with the old one at work, when it can't take over. */
  async swap(version: Version, { ops, gate, mayReturn }: SwapPlan): Promise<void> {
    const { name, version: number } = version.manifest;
    const installed = this.#get(name);
    const { workflow, seed } = installed;
    // A version that has not passed its gate is not one to go back to.
    const { manifest, given } = workflow.version;
    const passed = workflow.probation || manifest.version === number ? installed.previousVersion : manifest.version;
    const previous = mayReturn && passed !== number ? passed : undefined;
    try {
      await workflow.swap(version, {
        gate,
        ops: () => [
          ...ops(),
          ["plugin.set", name, number, previous ?? null, seed, 0, workflow.seq],
          ["config.set", name, JSON.stringify(version.given), JSON.stringify(given)],
          ...(gate ? [] : [["config.settle", name] as const]),
        ],
      });
    } catch (error) {
      version.guest.close();
      throw error;
    }
    installed.previousVersion = previous;
    await this.#traffic.route(workflow, version);
  }

  /** The version on probation stays: what was kept for a rollback goes. */
  async settle(name: string, ops: readonly Op[]): Promise<void> {
    await this.#get(name).workflow.settle([...ops, ["config.settle", name]]);
  }

  /** Takes back the version on probation: old state, and the inputs since once more. */
  async restore(name: string, ops: readonly Op[]): Promise<void> {
    const installed = this.#get(name);
    const { workflow } = installed;
    const version = await this.#restore(workflow, ops);
    installed.previousVersion = undefined;
    await this.#traffic.route(workflow, version);
  }

  /** Handles nothing more; everything of it stays. */
  async stop(name: string): Promise<void> {
    if (this.waits(name)) return this.#starter.dismiss(name);
    const { workflow } = this.#get(name);
    this.#installed.delete(name);
    await this.#traffic.leave(workflow);
    await workflow.close();
  }

  /** Puts a plugin to work that is in the journal and was stopped. */
  async resume(name: string): Promise<void> {
    const [row] = await this.#options.journal.read("plugin.one", name);
    if (!row) throw new StepppsError("E_PLUGIN_UNKNOWN", name);
    if (!this.#installed.has(name)) (await this.#resume(row))();
  }

  /** Stops a plugin and forgets everything of it, but for the highest of its versions. */
  async remove(name: string): Promise<void> {
    const { journal } = this.#options;
    const [row] = await journal.read("plugin.one", name);
    if (!row) throw new StepppsError("E_PLUGIN_UNKNOWN", name.slice(0, 80));
    const kept = (await journal.read("version.all", name)).map(({ version }) => version);
    const highest = kept.reduce((high, version) => (compareVersions(version, high) > 0 ? version : high), row.version);
    if (this.waits(name) || this.#installed.has(name)) await this.stop(name);
    this.canaries.forget(name);
    await journal.commit([
      ["plugin.delete", name],
      ["plugin.delete", canaryName(name)],
      ["removal.set", name, highest],
    ]);
  }

  /** The workflow of a plugin; throws E_PLUGIN_UNKNOWN. */
  workflow(name: string): Workflow {
    return this.#get(name).workflow;
  }

  find(name: string): Readonly<Installed> | undefined {
    return this.#installed.get(name);
  }

  /** It is to be at work as soon as the journal has room. */
  waits(name: string): boolean {
    return this.#starter.waits(name);
  }

  status(): PluginStatus[] {
    return [...this.#installed].map(([name, installed]) =>
      statusOf(installed, this.canaries.find(name), this.#options.probationUntil(name)),
    );
  }

  /** How long inputs took and waited, by plugin. */
  histograms(): ReadonlyMap<string, CallHistograms> {
    return new Map([...this.#installed].map(([name, { workflow }]) => [name, workflow.record.histograms()]));
  }

  /** Resolves when no plugin has anything left to do now. */
  async idle(): Promise<void> {
    for (const [name, { workflow }] of this.#installed) {
      await workflow.idle();
      await this.canaries.find(name)?.workflow.idle();
    }
  }

  async close(): Promise<void> {
    await this.canaries.close();
    await this.#starter.close();
    await Promise.all([...this.#installed.values()].map(({ workflow }) => workflow.close()));
    this.#installed.clear();
  }

  /** The journal has no room: every plugin lets go of what it can. */
  #shed(): void {
    for (const { workflow } of this.#installed.values()) workflow.shed();
  }

  #get(name: string): Installed {
    const installed = this.#installed.get(name);
    if (!installed) throw new StepppsError("E_PLUGIN_UNKNOWN", name.slice(0, 80));
    return installed;
  }

  #refused(plugin: string, error: unknown): void {
    const { code, message: text } = asStepppsError(error, "E_DEPLOY_BROKEN");
    this.#options.emit({ kind: "plugin.refused", level: "error", plugin, code, text });
  }

  /** Brings a plugin of the journal to its state and gives it its topics; what is returned lets it go to work. */
  async #resume(row: PluginRow): Promise<() => void> {
    const { workflow, version, previousVersion } = await this.#starter.start(row);
    this.#installed.set(row.name, { workflow, seed: row.seed, previousVersion });
    await this.#traffic.route(workflow, version);
    return () => workflow.open();
  }

  async #broken({ name, version }: PluginRow): Promise<Broken> {
    const stored = await this.versions.readable(name, version);
    return { version, handlers: stored?.manifest.handlers ?? [] };
  }

  #create(version: Version, seed: Uint8Array, recovered: Recovered): Workflow {
    const { journal } = this.#options;
    return new Workflow(version, recovered, {
      ...this.#options,
      seed: readSeed(seed),
      send: (plugin, messages) => this.#traffic.send(plugin, messages),
      recover: (plugin, { limits }) => recover(journal, plugin, recovered.nextSeq, limits.memoryBytes),
      full: () => this.#shed(),
    });
  }

  async #restore(workflow: Workflow, ops: readonly Op[]): Promise<Version> {
    const { name } = workflow;
    const { probation } = workflow;
    if (!probation) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", name);
    const { previous } = await this.versions.inForce(name);
    const version = await this.versions.prepare(await this.versions.one(name, probation.previous), previous);
    try {
      await workflow.restore(version, [...ops, ["config.restore", name]]);
    } catch (error) {
      version.guest.close();
      throw error;
    }
    return version;
  }
}
