import { StepppsError } from "../../contract/index.ts";

/** Changes of what is installed come one after the other. */
export class TurnQueue {
  readonly #limit: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `limit`: how many may wait that `run` takes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws E_DEPLOY_BUSY when as many wait as may. */
  run<T>(change: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit) return Promise.reject(new StepppsError("E_DEPLOY_BUSY", `${this.#waiting} wait`));
    return this.always(change);
  }

  /** Takes it however many wait: what the device itself has to do. */
  always<T>(change: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = this.#last.then(change).finally(() => {
      this.#waiting--;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last;
      await last;
    }
  }
}
