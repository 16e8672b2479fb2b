import { createHash } from "node:crypto";
import {
  asStepppsError,
  type DeployOptions,
  type DeployReport,
  type PluginSettings,
  StepppsError,
} from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import { pluginOf } from "../host/canaries.ts";
import { contentId } from "../host/stored-versions.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { type Deployment, reportOf, SUSPICIOUS_STARTS } from "./deployment.ts";
import { Intake, type Wish } from "./intake.ts";
import { Pipeline } from "./pipeline.ts";
import type { DeployPorts } from "./ports.ts";
import { Probations } from "./probations.ts";
import { reconcile } from "./reconcile.ts";
import { Rollbacks } from "./rollbacks.ts";
import { Trials } from "./trials.ts";
import { type Aside, type InTurn, TurnQueue } from "./turn-queue.ts";
import { Waiting } from "./waiting.ts";

/** Deploys that wait for their turn. */
const MAX_WAITING = 64;
/** What can't be done now is tried again then. */
const AGAIN_MS = 1_000;

/**
 * Every change of which versions are at work: deploys, approvals, rollbacks, removals, and what the device document asks for.
 * They come one after the other; versions on probation, and deploys that wait for a person, hold up nobody, and those that wait for
 * their plugin only that one's.
 */
export class Deploys {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #turns = new TurnQueue(MAX_WAITING);
  readonly #probations: Probations;
  readonly #waiting: Waiting;
  readonly #trials: Trials;
  readonly #rollbacks: Rollbacks;
  readonly #pipeline: Pipeline;
  readonly #intake: Intake;
  /** Envelopes under way: sent again meanwhile they are the same deploy. */
  readonly #underWay = new Map<string, Promise<DeployReport>>();
  readonly #retries = new Set<Alarm>();
  #closed = false;

  constructor(ports: DeployPorts, book: Book) {
    const inTurn: InTurn = (plugin, change) => this.#turns.always(plugin, change);
    const aside: Aside = (wait) => this.#turns.aside(wait);
    this.#ports = ports;
    this.#book = book;
    this.#probations = new Probations(ports, book, inTurn);
    this.#waiting = new Waiting(ports, book, inTurn);
    this.#trials = new Trials({ ...ports, inTurn, aside, passed: ({ number }) => this.#again(number) }, book);
    this.#rollbacks = new Rollbacks(ports, book, this.#probations, this.#trials);
    this.#pipeline = new Pipeline(ports, book, this.#probations, this.#trials);
    this.#intake = new Intake(ports, book, this.#pipeline, this.#waiting);
  }

  /** Goes on with what the last run left: deploys under way, gates that are open, approvals that are outstanding. */
  resume(): void {
    // Trials first: what they had is older than anything that another deploy leads to.
    this.#attend();
    for (const { number, plugin, outcome, step } of this.#book.open)
      if (outcome === "running" && step !== "canary") this.#untilDone(plugin, () => this.#again(number));
    void this.#ports.journal.read("trial.all").then(
      (rows) => {
        for (const plugin of rows.map((row) => pluginOf(row.plugin))) this.#untilDone(plugin, () => this.#trials.tidy(plugin));
      },
      () => {},
    );
    this.#waiting.watch();
  }

  /** In turn, again and again until it can be done: the disk may be full now. */
  #untilDone(plugin: string, change: () => Promise<void>): void {
    this.#turns.always(plugin, change).catch((thrown: unknown) => {
      if (this.#closed) return;
      const { code, message: text } = asStepppsError(thrown, "E_GUEST_INVALID");
      this.#ports.emit({ kind: "supervisor.trouble", level: "error", plugin, code, text });
      const alarm = this.#ports.clock.after(AGAIN_MS, () => {
        this.#retries.delete(alarm);
        this.#untilDone(plugin, change);
      });
      this.#retries.add(alarm);
    });
  }

  /** Trials that were under way, and gates that are open, are attended to, whoever put their plugin to work. */
  #attend(): void {
    const { host, clock, settings } = this.#ports;
    for (const { number, plugin, outcome, step } of this.#book.open)
      if (outcome === "running" && step === "canary" && host.find(plugin) && this.#trials.at(plugin)?.number !== number)
        this.#untilDone(plugin, () => this.#again(number));
    for (const deployment of this.#book.open.filter(({ outcome }) => outcome === "probation")) {
      const { plugin, time, millis } = deployment;
      if (this.#probations.watches(plugin) || settings(plugin)?.enabled === false) continue;
      if (host.find(plugin)?.workflow.probation) this.#probations.watch(deployment, clock.now() - time - millis);
      else void this.#turns.always(plugin, () => this.#orphaned(deployment)).catch(() => {});
    }
  }

  /** Takes a signed plugin. Never rejects for what is wrong with it: the report says so; rejects when the journal fails. */
  take(envelope: Uint8Array, options: DeployOptions = {}): Promise<DeployReport> {
    return this.#take(envelope, { source: "sender", options });
  }

  /** Newest first. */
  async list(limit = 50): Promise<DeployReport[]> {
    return (await this.#book.list(limit)).map(reportOf);
  }

  /**
   * A person wants it: a deploy that waits goes on; one that was taken back is tried once more. `id`: the beginning of the deploy's,
   * four characters or more. Throws E_DEPLOY_UNKNOWN.
   */
  async approve(id: string): Promise<DeployReport> {
    const { plugin } = await this.#find(id, ["waiting", "rolled-back"]);
    return this.#turns.run(plugin, async () => {
      const found = await this.#find(id, ["waiting", "rolled-back"]);
      if (found.outcome === "waiting") {
        const envelope = await this.#book.envelope(found);
        if (!envelope) throw new StepppsError("E_DEPLOY_UNKNOWN", id);
        const approved: Deployment = { ...found, source: "person", outcome: "running" };
        await this.#book.save(approved);
        return reportOf(await this.#pipeline.run(approved, envelope));
      }
      const stored = await this.#ports.host.versions.find(found.plugin, found.version);
      if (!stored || contentId(stored) !== found.content) throw new StepppsError("E_DEPLOY_UNKNOWN", `${id}: it is not kept`);
      return this.#intake.run(stored.envelope, { source: "person", options: found.options });
    });
  }

  /** A person does not want it. Throws E_DEPLOY_UNKNOWN. */
  async refuse(id: string): Promise<DeployReport> {
    const { plugin } = await this.#find(id, ["waiting"]);
    return this.#turns.run(plugin, async () => {
      const found = await this.#find(id, ["waiting"]);
      return reportOf(
        await this.#book.close(found, {
          outcome: "refused",
          error: because(new StepppsError("E_DEPLOY_REFUSED", found.asks.join("; "))),
        }),
      );
    });
  }

  /**
   * The version before this one. While its gate is open the state of before it comes back, and the inputs since are handled again;
   * later the version before goes on with the state as it is. Throws E_PLUGIN_UNKNOWN, E_PLUGIN_NO_PREVIOUS.
   */
  rollback(plugin: string): Promise<{ plugin: string; version: string }> {
    return this.#turns.run(plugin, () => this.#rollbacks.back(plugin, true));
  }

  /** Stops a plugin and forgets everything of it but what happened. Throws E_PLUGIN_UNKNOWN. */
  remove(plugin: string): Promise<void> {
    return this.#turns.run(plugin, async () => {
      const open = this.#book.open.filter((deployment) => deployment.plugin === plugin);
      await this.#trials.forget(plugin);
      await this.#ports.host.remove(plugin);
      this.#probations.forget(plugin);
      for (const deployment of open)
        await this.#book.close(deployment, {
          outcome: "refused",
          error: because(new StepppsError("E_DEPLOY_SUPERSEDED", "it was removed")),
        });
    });
  }

  /** Makes what is at work what the document says; what it can't is an event, and stays as it is. `read`: a file of the data directory. */
  async reconcile(plugins: Readonly<Record<string, PluginSettings>>, read: (file: string) => Promise<Uint8Array>): Promise<void> {
    await reconcile(plugins, {
      ...this.#ports,
      read,
      inTurn: (plugin, change) => this.#turns.always(plugin, change),
      take: (envelope) => this.#take(envelope, { source: "document", options: {} }),
      reconfigure: (plugin) => this.#turns.always(plugin, () => this.#intake.reconfigure(plugin)),
      stop: (plugin) => this.#turns.always(plugin, () => this.#stop(plugin)),
      putBack: (plugin, version) => this.#turns.always(plugin, () => this.#rollbacks.to(plugin, version)),
    });
    this.#attend();
  }

  /** When the gate of the plugin's version is over, ms since the epoch. */
  probationUntil(plugin: string): number | undefined {
    return this.#probations.until(plugin);
  }

  /** A plugin failed too often to go on by itself: the version before it takes over, where there is one. */
  paused(plugin: string, error: StepppsError): void {
    if (this.#probations.paused(plugin, error) || !this.#ports.host.find(plugin)?.previousVersion) return;
    this.#turns
      .always(plugin, () => this.#rollbacks.back(plugin, false))
      .catch((thrown: unknown) => this.#failed(plugin, thrown));
  }

  /** A version on trial failed too often to go on. */
  canaryPaused(plugin: string, error: StepppsError): void {
    this.#trials.paused(plugin, error);
  }

  /** What a plugin keeps for a rollback takes too much room. */
  probationFull(plugin: string): void {
    this.#probations.full(plugin);
  }

  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** Finishes what is under way; what is open goes on with the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const alarm of this.#retries) alarm.cancel();
    this.#probations.close();
    this.#trials.close();
    this.#waiting.close();
    await this.#turns.idle();
    await this.#book.leave();
  }

  #take(envelope: Uint8Array, wish: Wish): Promise<DeployReport> {
    const id = createHash("sha256").update(envelope).digest("hex");
    const known = this.#underWay.get(id);
    if (known) return known;
    const bytes = envelope.slice();
    const taken = this.#turns
      .run(this.#nameIn(bytes), () => this.#intake.run(bytes, wish))
      .catch((thrown: unknown) => this.#intake.refuse(id, asStepppsError(thrown, "E_STORE_IO")))
      .finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, taken);
    return taken;
  }

  /** What an envelope says that it holds, whoever signed it; what can't be read is refused in its turn. */
  #nameIn(envelope: Uint8Array): string {
    try {
      return this.#ports.authority.stored(envelope).manifest.name;
    } catch {
      return "";
    }
  }

  /** In turn. It was under way when the supervisor ended, or is on its way from a trial to the swap. */
  async #again(number: number): Promise<void> {
    const deployment = this.#book.open.find((one) => one.number === number && one.outcome === "running");
    if (!deployment || this.#trials.at(deployment.plugin)?.number === number) return;
    const envelope = await this.#book.envelope(deployment);
    const onTrial = deployment.step === "canary";
    // The trial's inputs wait for the plugin, however often it takes.
    if (onTrial && !this.#ports.host.find(deployment.plugin)) return;
    const left = onTrial && envelope !== undefined;
    const anew = left ? await this.#trials.recover(deployment, this.#ports.authority.stored(envelope)) : deployment;
    if (envelope && deployment.starts < SUSPICIOUS_STARTS) {
      const over = await this.#pipeline.run(anew, envelope);
      if (over.outcome === "waiting") this.#waiting.watch();
    } else {
      const error = new StepppsError("E_DEPLOY_INTERRUPTED", `${deployment.starts} times, last at ${deployment.step}`);
      await this.#book.close(anew, { outcome: "refused", error: because(error) });
    }
  }

  /** In turn. Its gate is open and nothing is kept to go back to: the plugin could not be started, or is at work for good. */
  async #orphaned(deployment: Deployment): Promise<void> {
    const atWork = this.#ports.host.find(deployment.plugin)?.workflow.version.manifest.version === deployment.version;
    const error = because(new StepppsError("E_DEPLOY_INTERRUPTED", "the plugin could not be started again"));
    await this.#book.close(deployment, atWork ? { outcome: "done" } : { outcome: "refused", error });
  }

  /** In turn. The document switches it off. */
  async #stop(plugin: string): Promise<void> {
    const trial = this.#trials.at(plugin);
    if (trial) await this.#trials.fail(trial, new StepppsError("E_DEPLOY_FIXED", `${plugin} is switched off`));
    await this.#ports.host.stop(plugin);
  }

  async #find(id: string, outcomes: readonly Deployment["outcome"][]): Promise<Deployment> {
    const found = (await this.#book.find(id)).filter(({ outcome }) => outcomes.includes(outcome));
    const waiting = found.filter(({ outcome }) => outcome === "waiting");
    const [one, other] = waiting.length > 0 ? waiting : found;
    if (!one || (other && other.id !== one.id)) throw new StepppsError("E_DEPLOY_UNKNOWN", id.slice(0, 64));
    return one;
  }

  #failed(plugin: string, thrown: unknown): void {
    const { code, message: text } = asStepppsError(thrown, "E_GUEST_INVALID");
    this.#ports.emit({ kind: "plugin.failed", level: "error", plugin, code, text });
  }
}
