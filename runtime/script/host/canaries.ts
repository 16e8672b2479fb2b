import { randomBytes } from "node:crypto";
import { type Handler, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { applyChanges, migrate } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import { StateImage } from "../workflow/image.ts";
import { Outbox } from "../workflow/outbox.ts";
import type { Recovered } from "../workflow/ports.ts";
import { recover } from "../workflow/recover.ts";
import type { Jump } from "../workflow/rerun.ts";
import { originOf, sendUnsent } from "../workflow/unsent.ts";
import { Workflow } from "../workflow/workflow.ts";
import type { PluginHostOptions } from "./host-options.ts";
import type { Routes } from "./routes.ts";
import { readSeed } from "./seed.ts";

export interface CanaryPorts {
  readonly options: PluginHostOptions;
  readonly routes: Routes;
  send: ConstructorParameters<typeof Workflow>[2]["send"];
  full(): void;
  /** The trial version failed too often to go on. */
  paused(plugin: string, error: StepppsError): void;
}

/** ms since the epoch. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** A disk that is full, or a broker that is away, keeps a trial from being done with what it has. */
const PATIENCE_MS = 2_000;

/** A version on trial with a share of the inputs. */
export interface Canary {
  readonly workflow: Workflow;
  readonly percent: number;
}

/** The name under which a trial's rows stand in the journal: no plugin can have it. */
export function canaryName(plugin: string): string {
  return `${plugin}@canary`;
}

/** The plugin that a trial is one of. */
export function pluginOf(name: string): string {
  return name.slice(0, name.indexOf("@"));
}

/**
 * Versions on trial beside those at work, each with a share of the inputs and a copy of the state.
 *
 *   inputs ──▶ routes ─┬─ by topic ─▶ version at work ─────────────────────────▶ state that stays
 *                      └────────────▶ version on trial ─▶ state of its own          ▲
 *                                                          inputs, handled again ───┘  when the trial is over
 *
 * However a trial ends, its state goes, and the version at work handles its inputs too, in their order, before anything new: the
 * state that stays has had every input once. What the trial sent stays sent; what both send alike is not sent again. A trial has
 * no timers of the version at work, and no schedules: those go on beside it.
 */
export class Canaries {
  readonly #ports: CanaryPorts;
  readonly #running = new Map<string, Canary>();
  /** By plugin, until its trial's rows are gone: when the clock was set, in the trial's own numbers. */
  readonly #jumps = new Map<string, readonly Jump[]>();

  constructor(ports: CanaryPorts) {
    this.#ports = ports;
  }

  /** Trials that the last run left, running or not, have to know when the clock is set. */
  async open(): Promise<void> {
    const rows = await this.#ports.options.journal.read("trial.all");
    for (const { plugin, jumps } of rows) {
      this.#jumps.set(pluginOf(plugin), JSON.parse(jumps));
      this.#look(pluginOf(plugin));
    }
  }

  find(plugin: string): Canary | undefined {
    return this.#running.get(plugin);
  }

  /**
   * `ops` are committed with the note that its rows are a trial's. Throws where the version can't take the state; nothing is changed
   * then. Closes it either way, in the end.
   */
  async begin(main: Workflow, version: Version, percent: number, ops: readonly Op[]): Promise<void> {
    const { options, routes } = this.#ports;
    const { journal, clock } = options;
    const { name } = main;
    const source = canaryName(name);
    const entries = new Map(main.image.entries);
    const from = main.version.manifest.version;
    const { changes } = await migrate(version, { from, time: clock.now(), entries });
    const image = new StateImage(
      version.manifest.migrates ? applyChanges(entries, changes) : entries,
      version.limits.memoryBytes,
    );
    const seed = new Uint8Array(randomBytes(8));
    const trial = { ...version, manifest: { ...version.manifest, name: source } };
    const workflow = new Workflow(trial, beginning(image), {
      ...options,
      seed: readSeed(seed),
      send: this.#ports.send,
      recover: (plugin, { limits }) => recover(journal, plugin, 0, limits.memoryBytes),
      full: () => this.#ports.full(),
      nextDue: () => undefined,
      // All of its inputs are handled again in the end.
      historyBytes: () => Number.MAX_SAFE_INTEGER,
      paused: (_, error) => this.#ports.paused(name, error),
    });
    await workflow.start();
    const { version: number, handlers } = version.manifest;
    const begun: Op = ["trial.set", source, seed, number, JSON.stringify(handlers), "[]"];
    try {
      await journal.commit([...ops, ["plugin.delete", source], begun, ...image.ops(source)]);
    } catch (error) {
      await workflow.close();
      throw error;
    }
    this.#look(name);
    this.#jumps.set(name, []);
    this.#running.set(name, { workflow, percent });
    const { take } = routes.set(workflow, trial);
    routes.split(main, workflow, percent);
    await Promise.all(take.map((filter) => options.bus.subscribe(filter)));
    workflow.open();
  }

  /** Gives it nothing more, and waits for what it has, not for long: who sent what is not on disk by then sends it again. Its rows stay. */
  async stop(main: Workflow): Promise<void> {
    const { options, routes } = this.#ports;
    const canary = this.#running.get(main.name);
    if (!canary) return;
    this.#running.delete(main.name);
    routes.unsplit(main);
    const leave = routes.remove(canary.workflow);
    await Promise.all(leave.map((filter) => options.bus.unsubscribe(filter)));
    await this.#patiently(canary.workflow.idle());
    await canary.workflow.close();
  }

  /**
   * Ends the trial where it still runs: the version at work is to handle what it had, before anything that comes from now on. `ops`
   * are committed with the note that it will. It takes nothing of the trial's version but what the journal says of it: that version
   * may be one that can't be started any more.
   */
  async adopt(main: Workflow, ops: readonly Op[]): Promise<void> {
    const { journal, faults } = this.#ports.options;
    const source = canaryName(main.name);
    const [row] = await journal.read("trial.one", source);
    const { version, handlers } = row ?? { version: "", handlers: "[]" };
    const adoption = async () => {
      await this.stop(main);
      const { nextSeq } = await recover(journal, source, 0, 0);
      this.#look(main.name);
      const jumps = this.#jumps.get(main.name) ?? [];
      return { source, version, handlers: JSON.parse(handlers) as Handler[], from: 0, to: nextSeq, jumps };
    };
    await main.adopt(adoption, ops);
    faults.pass("adopt:noted");
  }

  /**
   * Sends what a trial that is over committed and may not have sent, with the ids that it had: the version at work won't say again
   * what it takes for said. Throws E_PLUGIN_BUSY where that is not taken soon.
   */
  async sendLeft(main: Workflow): Promise<void> {
    const { journal, clock } = this.#ports.options;
    const name = canaryName(main.name);
    const [row] = await journal.read("trial.one", name);
    const unsent = row ? await journal.read("batch.unsent", name) : [];
    const [sent] = unsent.slice(-1);
    if (!row || !sent) return;
    const outbox = new Outbox({ clock, send: (messages) => this.#ports.send(name, messages), sent() {} });
    sendUnsent({ name, origin: originOf(name, readSeed(row.seed)), outbox }, unsent);
    await this.#patiently(outbox.idle());
    const left = outbox.backlog;
    outbox.close();
    if (left > 0) throw new StepppsError("E_PLUGIN_BUSY", `${main.name}: ${left} outputs of a trial are not sent`);
    await journal.commit([["sent.set", name, sent.seq]]);
  }

  /** Forgets the trial's rows; they have to be handled again by now. */
  async clear(main: Workflow): Promise<void> {
    const { journal, faults } = this.#ports.options;
    await this.sendLeft(main);
    faults.pass("adopt:handled");
    await journal.commit([["plugin.delete", canaryName(main.name)]]);
    this.forget(main.name);
  }

  /** Its rows are gone. */
  forget(plugin: string): void {
    this.#jumps.delete(plugin);
    this.#ports.options.alarms.cancel(canaryName(plugin));
  }

  /** The wall clock was set by `delta` ms. */
  clockJumped(delta: number): void {
    const { clock, journal } = this.#ports.options;
    for (const [plugin, before] of this.#jumps) {
      const workflow = this.#running.get(plugin)?.workflow;
      const jumps = [...before, { seq: workflow?.seq ?? Number.MAX_SAFE_INTEGER, delta, at: clock.now() - delta }];
      this.#jumps.set(plugin, jumps);
      const noted: Op = ["trial.jumps", canaryName(plugin), JSON.stringify(jumps)];
      if (workflow) workflow.clockJumped(delta, [noted]);
      // Where it can't be written down it is known as long as the supervisor runs.
      else void journal.commit([noted]).catch(() => {});
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ workflow }) => workflow.close()));
    this.#running.clear();
    for (const plugin of [...this.#jumps.keys()]) this.forget(plugin);
  }

  /** Whether the clock was set; and from now on it is looked for, which it only is where an alarm is set. */
  #look(plugin: string): void {
    this.#ports.options.alarms.set(canaryName(plugin), NEVER, () => {});
  }

  async #patiently(idle: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const alarm = this.#ports.options.clock.after(PATIENCE_MS, resolve);
    await Promise.race([idle, promise]).finally(() => alarm.cancel());
  }
}

/** A trial has nothing behind it but the state. */
function beginning(image: StateImage): Recovered {
  return {
    image,
    nextSeq: 0,
    timers: [],
    requests: [],
    schedules: new Map(),
    pending: [],
    unsent: [],
    checkpoints: [],
    probation: undefined,
    rerun: undefined,
  };
}
