import { StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { AFTER_START, type Deployment } from "./deployment.ts";
import type { DeployPorts } from "./ports.ts";
import type { InTurn } from "./turn-queue.ts";

/** How often it is looked after: the document's figure may change. */
const LOOK_MS = 60_000;
/** An end that could not be written down is tried again then. */
const AGAIN_MS = 1_000;

/**
 * Deploys that wait for a person: one a plugin, and not for ever. How long is counted by the monotonic clock, as a board without one
 * of its own is told the time when the network comes; what went by before a start, by the wall clock, and not all of it.
 */
export class Waiting {
  readonly #ports: Pick<DeployPorts, "clock" | "limits" | "emit">;
  readonly #book: Book;
  readonly #inTurn: InTurn;
  /** By the deploy's number: when it began to wait, on the monotonic clock. */
  readonly #since = new Map<number, number>();
  #alarm: Alarm | undefined;
  #closed = false;

  constructor(ports: Pick<DeployPorts, "clock" | "limits" | "emit">, book: Book, inTurn: InTurn) {
    this.#ports = ports;
    this.#book = book;
    this.#inTurn = inTurn;
  }

  /** Some may wait: their time is looked after. */
  watch(): void {
    const waiting = this.#all();
    if (this.#alarm || this.#closed || waiting.length === 0) return;
    const { clock } = this.#ports;
    for (const number of this.#since.keys()) if (!waiting.some((one) => one.number === number)) this.#since.delete(number);
    const left = Math.min(...waiting.map((deployment) => this.#left(deployment)));
    this.#alarm = clock.after(Math.min(LOOK_MS, Math.max(AGAIN_MS, left)), () => {
      this.#alarm = undefined;
      void this.#expire().then(() => this.watch());
    });
  }

  /** In turn. The one that waits for a plugin makes room for another. */
  async supersede(plugin: string, by: string): Promise<void> {
    const waiting = this.#book.at(plugin, "waiting");
    if (waiting) await this.#end(waiting, new StepppsError("E_DEPLOY_SUPERSEDED", by));
  }

  close(): void {
    this.#closed = true;
    this.#alarm?.cancel();
  }

  #all(): Deployment[] {
    return this.#book.open.filter(({ outcome }) => outcome === "waiting");
  }

  /** ms; first asked when it begins to wait, or when the supervisor does. */
  #left({ number, time }: Deployment): number {
    const { clock, limits } = this.#ports;
    const now = clock.monotonic();
    const spent = Math.min(clock.now() - time, limits.approvalMillis() * (1 - AFTER_START));
    const since = this.#since.get(number) ?? now - Math.max(0, spent);
    this.#since.set(number, since);
    return since + limits.approvalMillis() - now;
  }

  /** Never rejects: what can't be written down now is due again. */
  async #expire(): Promise<void> {
    const due = this.#all().filter((deployment) => this.#left(deployment) <= 0);
    const ends = due.map((deployment) =>
      this.#inTurn(deployment.plugin, async () => {
        // A person, or a newer one, came first.
        const waits = this.#book.at(deployment.plugin, "waiting")?.number === deployment.number;
        if (waits) await this.#end(deployment, new StepppsError("E_DEPLOY_EXPIRED", deployment.asks.join("; ")));
      }),
    );
    await Promise.allSettled(ends);
  }

  async #end(deployment: Deployment, error: StepppsError): Promise<void> {
    await this.#book.close(deployment, { outcome: "refused", error: because(error) });
  }
}
