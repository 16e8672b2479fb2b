import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Book } from "./book.ts";
import { because, type Candidate, compiled } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import { judge, type Verdict } from "./gate.ts";
import type { DeployPorts } from "./ports.ts";

/** Looks at a trial so many times, within these bounds of ms. */
const LOOKS = 40;
const OFTEN_MS = 50;
const SELDOM_MS = 2_000;
const AGAIN_MS = 1_000;
/** A trial ends at the latest with this input: all of them are handled again. */
const MAX_INPUTS = 500_000;
/** Inputs that a rollback or a trial left are handled first; a plugin that is paused would never be done. */
const PATIENCE_MS = 30_000;

interface Watched {
  readonly deployment: Deployment;
  readonly began: number;
  readonly memory: number[];
  alarm: Alarm | undefined;
}

export interface TrialPorts extends DeployPorts {
  inTurn<T>(change: () => Promise<T>): Promise<T>;
  /** In turn. The trial went well, and its inputs are the version's at work: the deploy goes on to the swap. */
  passed(deployment: Deployment): Promise<void>;
}

/** Versions that have a share of the inputs before they get all of them (host/canaries.ts says what becomes of state and inputs). */
export class Trials {
  readonly #ports: TrialPorts;
  readonly #book: Book;
  readonly #watched = new Map<string, Watched>();
  #closed = false;

  constructor(ports: TrialPorts, book: Book) {
    this.#ports = ports;
    this.#book = book;
  }

  /** In turn. Begins a trial; throws E_DEPLOY_CANARY, or why the version can't take the state. */
  async begin(candidate: Candidate): Promise<Deployment> {
    const { host, clock } = this.#ports;
    const { deployment, now } = candidate;
    const next = compiled(candidate);
    const percent = deployment.options.canary ?? 0;
    const durable = now?.manifest.durability === "durable" && next.manifest.durability === "durable";
    if (!durable || !Number.isInteger(percent) || percent < 1 || percent > 99)
      throw new StepppsError("E_DEPLOY_CANARY", now ? `${percent} percent` : "it is the first version");
    const main = host.workflow(deployment.plugin);
    await this.settled(main);
    await host.canaries.begin(main, next, percent);
    const begun = await this.#book.close({ ...deployment, step: "canary" }, { outcome: "running" });
    const watched: Watched = { deployment: begun, began: clock.monotonic(), memory: [], alarm: undefined };
    this.#watched.set(deployment.plugin, watched);
    this.#later(watched);
    return begun;
  }

  /** The plugin's deploy that is on trial. */
  at(plugin: string): Deployment | undefined {
    return this.#watched.get(plugin)?.deployment;
  }

  /** It failed too often in a row to go on. */
  paused(plugin: string, error: StepppsError): void {
    const watched = this.#watched.get(plugin);
    if (watched)
      this.#decide(watched, { kind: "fail", error: new StepppsError("E_GATE_FAILURES", `it was paused: ${error.message}`) });
  }

  /** In turn. Ends a trial without a swap; the version at work handles its inputs. */
  async fail(deployment: Deployment, error: StepppsError): Promise<void> {
    const { deployment: over, ops } = this.#book.turn(deployment, {
      step: "canary",
      outcome: "rolled-back",
      error: because(error),
    });
    await this.#end(deployment, ops);
    this.#book.told(over);
  }

  /** In turn. What a trial left when the supervisor ended in the middle of it; the deploy begins anew. */
  async recover(deployment: Deployment, version: Pick<Version, "manifest">): Promise<Deployment> {
    const { host } = this.#ports;
    const { deployment: anew, ops } = this.#book.turn(deployment, { step: "verify", outcome: "running" });
    const main = host.workflow(deployment.plugin);
    await this.settled(main);
    await host.canaries.adopt(main, version, ops);
    await this.settled(main);
    await host.canaries.clear(main);
    return anew;
  }

  /** In turn. Resolves when the plugin has handled again what it had to; throws E_PLUGIN_BUSY when it doesn't get there. */
  async settled(workflow: Workflow): Promise<void> {
    if (!workflow.rerunning) return;
    const { clock } = this.#ports;
    let alarm: Alarm | undefined;
    const late = new Promise<never>((_, reject) => {
      alarm = clock.after(PATIENCE_MS, () => reject(new StepppsError("E_PLUGIN_BUSY", workflow.name)));
    });
    await Promise.race([workflow.rerun(), late]).finally(() => alarm?.cancel());
  }

  /** The plugin goes, and its trial with it. */
  async forget(plugin: string): Promise<void> {
    const { host } = this.#ports;
    this.#watched.get(plugin)?.alarm?.cancel();
    this.#watched.delete(plugin);
    if (host.find(plugin)) await host.canaries.stop(host.workflow(plugin));
  }

  close(): void {
    this.#closed = true;
    for (const { alarm } of this.#watched.values()) alarm?.cancel();
  }

  async #pass(deployment: Deployment): Promise<void> {
    const { deployment: on, ops } = this.#book.turn(deployment, { step: "swap" });
    await this.#end(deployment, ops);
    await this.#ports.passed(on);
  }

  async #end({ plugin }: Deployment, ops: Parameters<DeployPorts["host"]["canaries"]["adopt"]>[2]): Promise<void> {
    const { host } = this.#ports;
    const main = host.workflow(plugin);
    const trial = host.canaries.find(plugin)?.workflow.version;
    await this.settled(main);
    if (trial) await host.canaries.adopt(main, trial, ops);
    this.#watched.delete(plugin);
    await this.settled(main);
    await host.canaries.clear(main);
  }

  #later(watched: Watched, ms = this.#pause()): void {
    if (!this.#closed) watched.alarm = this.#ports.clock.after(ms, () => this.#look(watched));
  }

  #pause(): number {
    return Math.min(SELDOM_MS, Math.max(OFTEN_MS, this.#ports.limits.gateMillis() / LOOKS));
  }

  #look(watched: Watched): void {
    const verdict = this.#verdict(watched);
    if (verdict.kind === "open") this.#later(watched);
    else this.#decide(watched, verdict);
  }

  #verdict({ deployment, began, memory }: Watched): Verdict {
    const { host, clock, limits } = this.#ports;
    const main = host.find(deployment.plugin)?.workflow;
    const trial = host.canaries.find(deployment.plugin)?.workflow;
    if (!main || !trial) return { kind: "open" };
    const after = trial.record.snapshot();
    memory.push(after.memoryBytes);
    return judge({
      before: main.record.snapshot(),
      after,
      memory,
      memoryLimit: trial.version.limits.memoryBytes,
      waitedMillis: trial.waited,
      elapsedMillis: clock.monotonic() - began,
      gateMillis: trial.seq > MAX_INPUTS ? 0 : limits.gateMillis(),
    });
  }

  #decide(watched: Watched, verdict: Verdict): void {
    watched.alarm?.cancel();
    const { deployment } = watched;
    if (verdict.kind === "open" || this.#closed) return;
    const carryOut = async () => {
      if (this.#watched.get(deployment.plugin) !== watched || this.#closed) return;
      await (verdict.kind === "pass" ? this.#pass(deployment) : this.fail(deployment, verdict.error));
    };
    this.#ports.inTurn(carryOut).catch((thrown: unknown) => {
      const { code, message: text } = asStepppsError(thrown, "E_GUEST_INVALID");
      this.#ports.emit({ kind: "supervisor.trouble", level: "error", plugin: deployment.plugin, code, text });
      this.#later(watched, AGAIN_MS);
    });
  }
}
