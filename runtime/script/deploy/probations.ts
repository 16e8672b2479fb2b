import { StepppsError } from "../../contract/index.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { AFTER_START, type Deployment } from "./deployment.ts";
import type { Verdict } from "./gate.ts";
import type { DeployPorts } from "./ports.ts";
import type { InTurn } from "./turn-queue.ts";
import { Watch } from "./watch.ts";

/** A rollback, or the end of a gate, that can't be done now. */
const SELDOM_AGAIN_MS = 60_000;

/**
 * Versions that have taken over and have not passed their gate. Each is looked at now and then; it settles, or the one before it is
 * put back with its state, and handles again what came since. Both are changes of what is installed, and wait for their turn.
 */
export class Probations {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #inTurn: InTurn;
  readonly #watched = new Map<string, Watch>();

  constructor(ports: DeployPorts, book: Book, inTurn: InTurn) {
    this.#ports = ports;
    this.#book = book;
    this.#inTurn = inTurn;
  }

  /** Watches a version from now on; `elapsedMillis` of its gate went by before a restart. */
  watch(deployment: Deployment, elapsedMillis = 0): void {
    const { limits } = this.#ports;
    this.forget(deployment.plugin);
    const spent = Math.min(elapsedMillis, limits.gateMillis() * (1 - AFTER_START));
    const { plugin } = deployment;
    const watch = new Watch(deployment, Math.max(0, spent), {
      ...this.#ports,
      inTurn: this.#inTurn,
      seldomAgainMs: SELDOM_AGAIN_MS,
      verdict: () => this.verdict(plugin),
      carryOut: (verdict) => (verdict.kind === "pass" ? this.settle(deployment) : this.restore(deployment, verdict.error)),
    });
    this.#watched.set(plugin, watch);
  }

  /** When the plugin's gate is over, ms since the epoch; undefined when it is not on probation. */
  until(plugin: string): number | undefined {
    const watched = this.#watched.get(plugin);
    const { clock, limits } = this.#ports;
    return watched && clock.now() + Math.max(0, limits.gateMillis() - watched.elapsedMillis);
  }

  watches(plugin: string): boolean {
    return this.#watched.has(plugin);
  }

  forget(plugin: string): void {
    this.#watched.get(plugin)?.end();
    this.#watched.delete(plugin);
  }

  /** What its record says now. `over`: there is no more time. */
  verdict(plugin: string, over = false): Verdict {
    const watched = this.#watched.get(plugin);
    const workflow = this.#ports.host.find(plugin)?.workflow;
    if (!watched || !workflow?.probation) return { kind: "open" };
    return watched.judge(workflow, workflow.probation.before, over ? 0 : this.#ports.limits.gateMillis());
  }

  /** It failed too often in a row to go on by itself: that is a verdict. Whether it was on probation. */
  paused(plugin: string, error: StepppsError): boolean {
    const watched = this.#watched.get(plugin);
    if (!watched) return false;
    watched.decide({ kind: "fail", error: new StepppsError("E_GATE_FAILURES", `it was paused: ${error.message}`) });
    return true;
  }

  /** What is kept for a rollback takes too much room: it is decided now. */
  full(plugin: string): void {
    const watched = this.#watched.get(plugin);
    watched?.decide(this.verdict(plugin, true));
  }

  /** In turn. Takes the version back for that reason; throws when it can't be. */
  async restore(deployment: Deployment, error: StepppsError): Promise<Deployment> {
    const { deployment: over, ops } = this.#book.turn(deployment, {
      step: "gate",
      outcome: "rolled-back",
      error: because(error),
    });
    await this.#ports.host.restore(deployment.plugin, ops);
    this.forget(deployment.plugin);
    return this.#book.told(over);
  }

  /** In turn. It stays. */
  async settle(deployment: Deployment): Promise<Deployment> {
    const { deployment: over, ops } = this.#book.turn(deployment, { step: "gate", outcome: "done" });
    await this.#ports.host.settle(deployment.plugin, ops);
    this.forget(deployment.plugin);
    return this.#book.told(over);
  }

  close(): void {
    for (const watch of this.#watched.values()) watch.end();
  }
}
