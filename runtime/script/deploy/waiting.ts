import { StepppsError } from "../../contract/index.ts";
import type { Alarm } from "../../platform/index.ts";
import type { Book } from "./book.ts";
import { because } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import type { DeployPorts } from "./ports.ts";

/** How often the clock is looked at: it may be set, and the document's figure may change. */
const LOOK_MS = 60_000;

/** Deploys that wait for a person: one a plugin, and not for ever. */
export class Waiting {
  readonly #ports: Pick<DeployPorts, "clock" | "limits" | "emit">;
  readonly #book: Book;
  readonly #inTurn: <T>(change: () => Promise<T>) => Promise<T>;
  #alarm: Alarm | undefined;
  #closed = false;

  constructor(
    ports: Pick<DeployPorts, "clock" | "limits" | "emit">,
    book: Book,
    inTurn: <T>(change: () => Promise<T>) => Promise<T>,
  ) {
    this.#ports = ports;
    this.#book = book;
    this.#inTurn = inTurn;
  }

  /** Some may wait: their time is looked after. */
  watch(): void {
    if (this.#alarm || this.#closed || this.#all().length === 0) return;
    const { clock, limits } = this.#ports;
    const left = this.#all().map(({ time }) => time + limits.approvalMillis() - clock.now());
    this.#alarm = clock.after(Math.min(LOOK_MS, Math.max(0, ...left.slice(0, 1), Math.min(...left))), () => {
      this.#alarm = undefined;
      this.#inTurn(() => this.#expire()).then(
        () => this.watch(),
        () => this.watch(),
      );
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

  async #expire(): Promise<void> {
    const { clock, limits } = this.#ports;
    const due = this.#all().filter(({ time }) => clock.now() >= time + limits.approvalMillis());
    for (const deployment of due) await this.#end(deployment, new StepppsError("E_DEPLOY_EXPIRED", deployment.asks.join("; ")));
  }

  async #end(deployment: Deployment, error: StepppsError): Promise<void> {
    await this.#book.close(deployment, { outcome: "refused", error: because(error) });
  }
}
