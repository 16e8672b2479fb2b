import { StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Book } from "./book.ts";
import { because, type Candidate, compiled } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import type { Verdict } from "./gate.ts";
import type { DeployPorts } from "./ports.ts";
import type { Aside, InTurn } from "./turn-queue.ts";
import { Watch } from "./watch.ts";

/** The plugin handles nothing new before the end of a trial is on disk: that is tried again soon. */
const AGAIN_MS = 1_000;
/** A trial ends at the latest with this input: all of them are handled again. */
const MAX_INPUTS = 500_000;
/** Inputs that a rollback or a trial left are handled first; a plugin that is paused would never be done. */
const PATIENCE_MS = 30_000;

interface Watched {
  readonly watch: Watch;
  /** What is to become of it; it stays so, however often it can't be carried out. */
  verdict: Verdict | undefined;
  /** How it ended, once that is on disk: what it had is still to be handled by the version at work. */
  ended: Deployment | undefined;
}

export interface TrialPorts extends DeployPorts {
  readonly inTurn: InTurn;
  readonly aside: Aside;
  /** In turn. The trial went well, and its inputs are the version's at work: the deploy goes on to the swap. */
  passed(deployment: Deployment): Promise<void>;
}

/** Versions that have a share of the inputs before they get all of them (host/canaries.ts says what becomes of state and inputs). */
export class Trials {
  readonly #ports: TrialPorts;
  readonly #book: Book;
  readonly #watched = new Map<string, Watched>();
  readonly #ending = Promise.withResolvers<never>();

  constructor(ports: TrialPorts, book: Book) {
    this.#ending.promise.catch(() => {});
    this.#ports = ports;
    this.#book = book;
  }

  /** In turn. Begins a trial; throws E_DEPLOY_CANARY, or why the version can't take the state. */
  async begin(candidate: Candidate): Promise<Deployment> {
    const { host } = this.#ports;
    const { deployment, now } = candidate;
    const next = compiled(candidate);
    const percent = deployment.options.canary ?? 0;
    const durable = now?.manifest.durability === "durable" && next.manifest.durability === "durable";
    if (!durable || !Number.isInteger(percent) || percent < 1 || percent > 99)
      throw new StepppsError("E_DEPLOY_CANARY", now ? `${percent} percent` : "it is the first version");
    const main = host.workflow(deployment.plugin);
    await this.#recoverOther(deployment);
    await this.settled(main);
    await host.canaries.sendLeft(main);
    // In one commit: inputs of a trial that nobody knows of would be lost with the next start.
    const begun = this.#book.turn({ ...deployment, step: "canary" }, { outcome: "running" });
    await host.canaries.begin(main, next, percent, begun.ops);
    this.#ports.faults.pass("canary:begun");
    this.#book.told(begun.deployment);
    this.#watch(begun.deployment);
    return begun.deployment;
  }

  /** The plugin's deploy that is on trial. */
  at(plugin: string): Deployment | undefined {
    return this.#watched.get(plugin)?.watch.deployment;
  }

  /** It failed too often in a row to go on. */
  paused(plugin: string, error: StepppsError): void {
    const failure = new StepppsError("E_GATE_FAILURES", `it was paused: ${error.message}`);
    this.#watched.get(plugin)?.watch.decide({ kind: "fail", error: failure });
  }

  /** In turn. Ends a trial without a swap; the version at work handles its inputs. Throws what keeps it from that; it is tried again. */
  async fail(deployment: Deployment, error: StepppsError): Promise<void> {
    this.#ports.faults.pass("canary:before-rollback");
    const watched = this.#watched.get(deployment.plugin) as Watched;
    watched.verdict = { kind: "fail", error };
    const change = { step: "canary", outcome: "rolled-back", error: because(error) } as const;
    const ended = await this.#end(watched, change);
    // It had passed, and was on its way to the swap.
    if (ended.outcome === "running") await this.#book.close(ended, change);
    else this.#book.told(ended);
  }

  /** In turn. What a trial left when the supervisor ended in the middle of it; the deploy begins anew. */
  async recover(deployment: Deployment): Promise<Deployment> {
    const { host } = this.#ports;
    const { deployment: anew, ops } = this.#book.turn(deployment, { step: "verify", outcome: "running" });
    const main = host.workflow(deployment.plugin);
    await this.settled(main);
    await host.canaries.sendLeft(main);
    await host.canaries.adopt(main, ops);
    this.#book.noted(anew);
    await this.settled(main);
    await host.canaries.clear(main);
    return anew;
  }

  /** In turn. A trial that another deploy left, and that could not be attended to yet: the next one's rows take the place of its. */
  async #recoverOther({ plugin, number }: Deployment): Promise<void> {
    const left = this.#book.open.find(
      (one) => one.plugin === plugin && one.number !== number && one.step === "canary" && one.outcome === "running",
    );
    if (left) await this.recover(left);
  }

  /** In turn. What is left of a trial that was over when the supervisor ended; throws what keeps it from that. */
  async tidy(plugin: string): Promise<void> {
    const { host } = this.#ports;
    const main = host.find(plugin)?.workflow;
    const notOver = this.#book.open.some((one) => one.plugin === plugin && one.step === "canary" && one.outcome === "running");
    if (!main || notOver) return;
    await host.canaries.sendLeft(main);
    await this.settled(main);
    await host.canaries.clear(main);
  }

  /**
   * In turn, aside. Resolves when the plugin has handled again what it had to; throws E_PLUGIN_BUSY when it doesn't get there, and
   * E_PLUGIN_CLOSED when the supervisor ends: on a full disk that would wait for nothing.
   */
  async settled(workflow: Workflow): Promise<void> {
    if (!workflow.rerunning) return;
    const { clock } = this.#ports;
    let alarm: Alarm | undefined;
    const late = new Promise<never>((_, reject) => {
      alarm = clock.after(PATIENCE_MS, () => reject(new StepppsError("E_PLUGIN_BUSY", workflow.name)));
    });
    const over = () => Promise.race([workflow.rerun(), late, this.#ending.promise]);
    await this.#ports.aside(over).finally(() => alarm?.cancel());
  }

  /** The plugin goes, and its trial with it. */
  async forget(plugin: string): Promise<void> {
    const { host } = this.#ports;
    this.#forget(plugin);
    if (host.find(plugin)) await host.canaries.stop(host.workflow(plugin));
  }

  close(): void {
    this.#ending.reject(new StepppsError("E_PLUGIN_CLOSED"));
    for (const { watch } of this.#watched.values()) watch.end();
  }

  async #pass(watched: Watched): Promise<void> {
    this.#ports.faults.pass("canary:before-settle");
    await this.#ports.passed(await this.#end(watched, { step: "swap" }));
  }

  /** Each part is done once, however often this is called; a trial is watched until all of it is done. */
  async #end(watched: Watched, change: Partial<Deployment>): Promise<Deployment> {
    const { host } = this.#ports;
    const { plugin } = watched.watch.deployment;
    const main = host.workflow(plugin);
    if (!watched.ended) {
      const { deployment, ops } = this.#book.turn(watched.watch.deployment, change);
      await this.settled(main);
      await host.canaries.adopt(main, ops);
      watched.ended = this.#book.noted(deployment);
    }
    await this.settled(main);
    await host.canaries.clear(main);
    this.#forget(plugin);
    return watched.ended;
  }

  #watch(deployment: Deployment): void {
    const { plugin } = deployment;
    const watch = new Watch(deployment, 0, {
      ...this.#ports,
      seldomAgainMs: AGAIN_MS,
      verdict: () => watched.verdict ?? this.#verdict(watched),
      carryOut: (verdict) => {
        watched.verdict = verdict;
        return verdict.kind === "pass" ? this.#pass(watched) : this.fail(deployment, verdict.error);
      },
    });
    const watched: Watched = { watch, verdict: undefined, ended: undefined };
    this.#watched.set(plugin, watched);
  }

  #forget(plugin: string): void {
    this.#watched.get(plugin)?.watch.end();
    this.#watched.delete(plugin);
  }

  #verdict({ watch }: Watched): Verdict {
    const { host, limits } = this.#ports;
    const { plugin } = watch.deployment;
    const main = host.find(plugin)?.workflow;
    const trial = host.canaries.find(plugin)?.workflow;
    if (!main || !trial) return { kind: "open" };
    return watch.judge(trial, main.record.snapshot(), trial.seq > MAX_INPUTS ? 0 : limits.gateMillis());
  }
}
