import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import { pluginOf } from "../host/canaries.ts";
import { isStoreFault } from "../host/started.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { type Deployment, SUSPICIOUS_STARTS } from "./deployment.ts";
import type { Pipeline } from "./pipeline.ts";
import type { DeployPorts } from "./ports.ts";
import type { Probations } from "./probations.ts";
import type { Trials } from "./trials.ts";
import type { InTurn } from "./turn-queue.ts";
import type { Waiting } from "./waiting.ts";

export interface ResumptionPorts extends Pick<DeployPorts, "host" | "journal" | "clock" | "settings" | "emit"> {
  readonly inTurn: InTurn;
  readonly book: Book;
  readonly probations: Probations;
  readonly waiting: Waiting;
  readonly trials: Trials;
  readonly pipeline: Pipeline;
}

/** What can't be done now is tried again then. */
const AGAIN_MS = 1_000;

/** Goes on with what the last run left: deploys under way, trials, gates that are open, approvals that are outstanding. */
export class Resumption {
  readonly #ports: ResumptionPorts;
  readonly #retries = new Set<Alarm>();
  #closed = false;

  constructor(ports: ResumptionPorts) {
    this.#ports = ports;
  }

  begin(): void {
    const { book, journal, trials, waiting } = this.#ports;
    // Trials first: what they had is older than anything that another deploy leads to.
    this.attend();
    for (const deployment of book.open)
      if (deployment.outcome === "running" && deployment.step !== "canary")
        this.#untilDone(deployment.plugin, () => this.again(deployment));
    void journal.read("trial.all").then(
      (rows) => {
        for (const plugin of rows.map((row) => pluginOf(row.plugin))) this.#untilDone(plugin, () => trials.tidy(plugin));
      },
      () => {},
    );
    waiting.watch();
  }

  /** Trials that were under way, and gates that are open, are attended to, whoever put their plugin to work. */
  attend(): void {
    const { host, clock, settings, book, trials, probations } = this.#ports;
    for (const deployment of book.open) {
      const { number, plugin, outcome, step } = deployment;
      if (outcome === "running" && step === "canary" && host.find(plugin) && trials.at(plugin)?.number !== number)
        this.#untilDone(plugin, () => this.again(deployment));
    }
    for (const deployment of book.open.filter(({ outcome }) => outcome === "probation")) {
      const { plugin, time, millis } = deployment;
      if (probations.watches(plugin) || settings(plugin)?.enabled === false) continue;
      if (host.find(plugin)?.workflow.probation) probations.watch(deployment, clock.now() - time - millis);
      else this.#untilDone(plugin, () => this.#orphaned(deployment));
    }
  }

  /** In turn. It was under way when the supervisor ended, or is on its way from a trial to the swap. */
  async again({ number, plugin }: Deployment): Promise<void> {
    const { host, book, trials, pipeline, waiting } = this.#ports;
    const deployment = book.open.find((one) => one.number === number && one.outcome === "running");
    if (!deployment || trials.at(plugin)?.number === number) return;
    const { step, starts } = deployment;
    const envelope = await book.envelope(deployment);
    const onTrial = step === "canary";
    // The trial's inputs wait for the plugin, however often it takes.
    if (onTrial && !host.find(plugin)) return;
    const anew = onTrial ? await trials.recover(deployment) : deployment;
    if (envelope && starts < SUSPICIOUS_STARTS) {
      const over = await pipeline.run(anew, envelope);
      if (over.outcome === "waiting") waiting.watch();
    } else {
      const error = new StepppsError("E_DEPLOY_INTERRUPTED", `${starts} times, last at ${step}`);
      await book.close(anew, { outcome: "refused", error: because(error) });
    }
  }

  close(): void {
    this.#closed = true;
    for (const alarm of this.#retries) alarm.cancel();
  }

  /**
   * In turn. A gate is open, and its plugin is not at work, perhaps for want of room; or nothing is kept to go back to: then the version
   * is at work for good.
   */
  async #orphaned(deployment: Deployment): Promise<void> {
    const { host, settings, book } = this.#ports;
    const { plugin, version, number } = deployment;
    const open = () => book.at(plugin, "probation")?.number === number;
    if (!open() || settings(plugin)?.enabled === false) return;
    const why = host.find(plugin) ? undefined : await this.#resume(plugin);
    if (host.find(plugin)?.workflow.probation) return this.attend();
    // What was put to work may be the version before.
    if (!open()) return this.attend();
    const atWork = host.find(plugin)?.workflow.version.manifest.version === version;
    const error = because(
      new StepppsError("E_DEPLOY_INTERRUPTED", `the plugin could not be started again: ${why ?? "another is at work"}`),
    );
    await book.close(deployment, atWork ? { outcome: "done" } : { outcome: "refused", error });
  }

  /** Says why it can't be; rejects where the journal is to blame, as that passes. */
  async #resume(plugin: string): Promise<string | undefined> {
    try {
      await this.#ports.host.resume(plugin);
      return undefined;
    } catch (thrown) {
      const { code, message } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
      if (isStoreFault(code)) throw thrown;
      return message;
    }
  }

  /** In turn, again and again until it can be done: the disk may be full now. */
  #untilDone(plugin: string, change: () => Promise<void>): void {
    const { inTurn, emit, clock } = this.#ports;
    inTurn(plugin, change).catch((thrown: unknown) => {
      if (this.#closed) return;
      const { code, message: text } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
      emit({ kind: "supervisor.trouble", level: "error", plugin, code, text });
      const alarm = clock.after(AGAIN_MS, () => {
        this.#retries.delete(alarm);
        this.#untilDone(plugin, change);
      });
      this.#retries.add(alarm);
    });
  }
}
