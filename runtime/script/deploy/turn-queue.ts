import { StepppsError } from "../../contract/index.ts";

/** Carries out a change of a plugin when its turn comes. */
export type InTurn = <T>(plugin: string, change: () => Promise<T>) => Promise<T>;
/** In turn. Waits while changes of other plugins go on. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

/**
 * Changes of what is installed come one after the other. One that has to wait for its plugin steps aside: those of other plugins go
 * on meanwhile, those of the same plugin wait until it is over.
 */
export class TurnQueue {
  readonly #limit: number;
  /** By plugin: settles when the last of its changes is over. */
  readonly #last = new Map<string, Promise<void>>();
  /** Who waits for the turn, and whether it is taken. */
  readonly #next: (() => void)[] = [];
  #taken = false;
  #waiting = 0;

  /** `limit`: how many may wait that `run` takes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws E_DEPLOY_BUSY when as many wait as may. */
  run<T>(plugin: string, change: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit) return Promise.reject(new StepppsError("E_DEPLOY_BUSY", `${this.#waiting} wait`));
    return this.always(plugin, change);
  }

  /** Takes it however many wait: what the device itself has to do. */
  always<T>(plugin: string, change: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = (this.#last.get(plugin) ?? Promise.resolve())
      .then(() => this.#take())
      .then(change)
      .finally(() => {
        this.#waiting--;
        this.#pass();
      });
    const over = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(plugin, over);
    void over.then(() => {
      if (this.#last.get(plugin) === over) this.#last.delete(plugin);
    });
    return turn;
  }

  /** In turn. Waits without the turn; takes it again before it settles. */
  async aside<T>(wait: () => Promise<T>): Promise<T> {
    this.#pass();
    try {
      return await wait();
    } finally {
      await this.#take();
    }
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }

  #take(): Promise<void> {
    if (this.#taken) return new Promise((resolve) => this.#next.push(resolve));
    this.#taken = true;
    return Promise.resolve();
  }

  #pass(): void {
    const next = this.#next.shift();
    if (next) next();
    else this.#taken = false;
  }
}
