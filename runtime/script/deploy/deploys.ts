import { createHash } from "node:crypto";
import {
  asStepppsError,
  type DeployOptions,
  type DeployReport,
  type PluginSettings,
  StepppsError,
} from "../../contract/index.ts";
import { contentId } from "../host/stored-versions.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { type Deployment, reportOf } from "./deployment.ts";
import { Intake, type Wish } from "./intake.ts";
import { Pipeline } from "./pipeline.ts";
import type { DeployPorts } from "./ports.ts";
import { Probations } from "./probations.ts";
import { reconcile } from "./reconcile.ts";
import { Resumption } from "./resumption.ts";
import { Rollbacks } from "./rollbacks.ts";
import { Trials } from "./trials.ts";
import { type Aside, type InTurn, TurnQueue } from "./turn-queue.ts";
import { Waiting } from "./waiting.ts";

/** Deploys that wait for their turn. */
const MAX_WAITING = 64;

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
  readonly #resumption: Resumption;
  /** Envelopes under way: sent again meanwhile they are the same deploy. */
  readonly #underWay = new Map<string, Promise<DeployReport>>();

  constructor(ports: DeployPorts, book: Book) {
    const inTurn: InTurn = (plugin, change) => this.#turns.always(plugin, change);
    const aside: Aside = (wait) => this.#turns.aside(wait);
    this.#ports = ports;
    this.#book = book;
    this.#probations = new Probations(ports, book, inTurn);
    this.#waiting = new Waiting(ports, book, inTurn);
    this.#trials = new Trials({ ...ports, inTurn, aside, passed: (deployment) => this.#resumption.again(deployment) }, book);
    this.#rollbacks = new Rollbacks(ports, book, this.#probations, this.#trials);
    this.#pipeline = new Pipeline(ports, book, this.#probations, this.#trials);
    this.#intake = new Intake(ports, book, this.#pipeline, this.#waiting);
    this.#resumption = new Resumption({
      ...ports,
      inTurn,
      book,
      probations: this.#probations,
      waiting: this.#waiting,
      trials: this.#trials,
      pipeline: this.#pipeline,
    });
  }

  /** Goes on with what the last run left. */
  resume(): void {
    this.#resumption.begin();
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
    this.#resumption.attend();
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
    this.#resumption.close();
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
    const { code, message: text } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
    this.#ports.emit({ kind: "plugin.failed", level: "error", plugin, code, text });
  }
}
