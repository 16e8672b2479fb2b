import { asStepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { VersionRecord } from "../workflow/record.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Deployment } from "./deployment.ts";
import { judge, type Verdict } from "./gate.ts";
import type { DeployPorts } from "./ports.ts";
import type { InTurn } from "./turn-queue.ts";

/** Looks at a version so many times until its time is over, within these bounds of ms. */
const LOOKS = 40;
const OFTEN_MS = 50;
const SELDOM_MS = 2_000;
/** A verdict can't be carried out now (a full disk): it is tried again then, less and less often. */
const AGAIN_MS = 1_000;

export interface WatchPorts extends Pick<DeployPorts, "clock" | "limits" | "emit"> {
  readonly inTurn: InTurn;
  /** Between two tries to carry out a verdict at most, ms. */
  readonly seldomAgainMs: number;
  verdict(): Verdict;
  /** In turn. */
  carryOut(verdict: Exclude<Verdict, { kind: "open" }>): Promise<unknown>;
}

/** Looks at one version now and then until there is a verdict, and has that carried out in its turn. */
export class Watch {
  readonly deployment: Deployment;
  readonly #ports: WatchPorts;
  /** On the monotonic clock, ms. */
  readonly #began: number;
  /** Of the instance at each look, bytes. */
  readonly #memory: number[] = [];
  #alarm: Alarm | undefined;
  /** Verdicts that could not be carried out. */
  #failed = 0;
  #over = false;

  /** `elapsedMillis`: what went by of its time already. */
  constructor(deployment: Deployment, elapsedMillis: number, ports: WatchPorts) {
    this.deployment = deployment;
    this.#ports = ports;
    this.#began = ports.clock.monotonic() - elapsedMillis;
    this.#later();
  }

  get elapsedMillis(): number {
    return this.#ports.clock.monotonic() - this.#began;
  }

  /** What the record of `workflow` says now beside `before`. */
  judge(workflow: Workflow, before: VersionRecord, gateMillis: number): Verdict {
    const after = workflow.record.snapshot();
    this.#memory.push(after.memoryBytes);
    return judge({
      before,
      after,
      memory: this.#memory,
      memoryLimit: workflow.version.limits.memoryBytes,
      waitedMillis: workflow.waited,
      elapsedMillis: this.elapsedMillis,
      gateMillis,
    });
  }

  /** Has it carried out, now or when it can be; nothing where it is open. */
  decide(verdict: Verdict): void {
    this.#alarm?.cancel();
    const { inTurn, carryOut, emit, seldomAgainMs } = this.#ports;
    const { plugin } = this.deployment;
    if (verdict.kind === "open" || this.#over) return;
    // A deploy, a rollback or a removal may come first.
    inTurn(plugin, async () => void (this.#over || (await carryOut(verdict)))).catch((thrown: unknown) => {
      const { code, message: text } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
      emit({ kind: "supervisor.trouble", level: "error", plugin, code, text });
      this.#later(Math.min(seldomAgainMs, AGAIN_MS * 2 ** this.#failed++));
    });
  }

  /** Nothing is carried out any more. */
  end(): void {
    this.#over = true;
    this.#alarm?.cancel();
  }

  #later(ms = this.#pause()): void {
    this.#alarm?.cancel();
    if (!this.#over) this.#alarm = this.#ports.clock.after(ms, () => this.#look());
  }

  #pause(): number {
    return Math.min(SELDOM_MS, Math.max(OFTEN_MS, this.#ports.limits.gateMillis() / LOOKS));
  }

  #look(): void {
    const verdict = this.#ports.verdict();
    if (verdict.kind === "open") this.#later();
    else this.decide(verdict);
  }
}
