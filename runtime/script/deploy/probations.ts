import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import { judge, type Verdict } from "./gate.ts";
import type { DeployPorts } from "./ports.ts";

/** Looks at a version on probation: so many times until its gate is over, within these bounds of ms. */
const LOOKS = 40;
const OFTEN_MS = 50;
const SELDOM_MS = 2_000;
/** A verdict can't be carried out now (a full disk): it is tried again then, less and less often. */
const AGAIN_MS = 1_000;
const SELDOM_AGAIN_MS = 60_000;
/** After a start at least so much of the gate is left: what it did before is not on record. */
const AFTER_START = 0.25;

interface Watched {
  readonly deployment: Deployment;
  /** On the monotonic clock, ms. */
  readonly began: number;
  readonly memory: number[];
  alarm: Alarm | undefined;
  /** Verdicts that could not be carried out. */
  failed: number;
}

/**
 * Versions that have taken over and have not passed their gate. Each is looked at now and then; it settles, or the one before it is
 * put back with its state, and handles again what came since. Both are changes of what is installed, and wait for their turn.
 */
export class Probations {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #inTurn: <T>(change: () => Promise<T>) => Promise<T>;
  readonly #watched = new Map<string, Watched>();
  #closed = false;

  constructor(ports: DeployPorts, book: Book, inTurn: <T>(change: () => Promise<T>) => Promise<T>) {
    this.#ports = ports;
    this.#book = book;
    this.#inTurn = inTurn;
  }

  /** Watches a version from now on; `elapsedMillis` of its gate went by before a restart. */
  watch(deployment: Deployment, elapsedMillis = 0): void {
    const { clock, limits } = this.#ports;
    this.forget(deployment.plugin);
    const spent = Math.min(elapsedMillis, limits.gateMillis() * (1 - AFTER_START));
    const watched: Watched = {
      deployment,
      began: clock.monotonic() - Math.max(0, spent),
      memory: [],
      alarm: undefined,
      failed: 0,
    };
    this.#watched.set(deployment.plugin, watched);
    this.#later(watched);
  }

  /** When the plugin's gate is over, ms since the epoch; undefined when it is not on probation. */
  until(plugin: string): number | undefined {
    const watched = this.#watched.get(plugin);
    const { clock, limits } = this.#ports;
    return watched && clock.now() + Math.max(0, limits.gateMillis() - (clock.monotonic() - watched.began));
  }

  watches(plugin: string): boolean {
    return this.#watched.has(plugin);
  }

  forget(plugin: string): void {
    this.#watched.get(plugin)?.alarm?.cancel();
    this.#watched.delete(plugin);
  }

  /** What its record says now. `over`: there is no more time. */
  verdict(plugin: string, over = false): Verdict {
    const watched = this.#watched.get(plugin);
    const workflow = this.#ports.host.find(plugin)?.workflow;
    if (!watched || !workflow?.probation) return { kind: "open" };
    const after = workflow.record.snapshot();
    watched.memory.push(after.memoryBytes);
    const gateMillis = over ? 0 : this.#ports.limits.gateMillis();
    return judge({
      before: workflow.probation.before,
      after,
      memory: watched.memory,
      memoryLimit: workflow.version.limits.memoryBytes,
      waitedMillis: workflow.waited,
      elapsedMillis: this.#ports.clock.monotonic() - watched.began,
      gateMillis,
    });
  }

  /** It failed too often in a row to go on by itself: that is a verdict. Whether it was on probation. */
  paused(plugin: string, error: StepppsError): boolean {
    const watched = this.#watched.get(plugin);
    if (!watched) return false;
    this.#decide(watched, { kind: "fail", error: new StepppsError("E_GATE_FAILURES", `it was paused: ${error.message}`) });
    return true;
  }

  /** What is kept for a rollback takes too much room: it is decided now. */
  full(plugin: string): void {
    const watched = this.#watched.get(plugin);
    if (watched) this.#decide(watched, this.verdict(plugin, true));
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
    this.#closed = true;
    for (const { alarm } of this.#watched.values()) alarm?.cancel();
  }

  #later(watched: Watched, ms = this.#pause()): void {
    if (this.#closed) return;
    watched.alarm = this.#ports.clock.after(ms, () => this.#look(watched));
  }

  #pause(): number {
    return Math.min(SELDOM_MS, Math.max(OFTEN_MS, this.#ports.limits.gateMillis() / LOOKS));
  }

  #look(watched: Watched): void {
    const verdict = this.verdict(watched.deployment.plugin);
    if (verdict.kind === "open") this.#later(watched);
    else this.#decide(watched, verdict);
  }

  #decide(watched: Watched, verdict: Verdict): void {
    const { deployment } = watched;
    watched.alarm?.cancel();
    if (verdict.kind === "open" || this.#closed) return;
    const carryOut = async () => {
      // A deploy, a rollback or a removal came first.
      if (this.#watched.get(deployment.plugin) !== watched || this.#closed) return;
      await (verdict.kind === "pass" ? this.settle(deployment) : this.restore(deployment, verdict.error));
    };
    this.#inTurn(carryOut).catch((thrown: unknown) => {
      const { code, message: text } = asStepppsError(thrown, "E_GUEST_INVALID");
      this.#ports.emit({ kind: "supervisor.trouble", level: "error", plugin: deployment.plugin, code, text });
      this.#later(watched, Math.min(SELDOM_AGAIN_MS, AGAIN_MS * 2 ** watched.failed++));
    });
  }
}
