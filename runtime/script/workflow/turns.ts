/** Takes turns one after the other, as long as there is something to do. The first comes after this tick's reads. */
export class Turns {
  readonly #ready: () => boolean;
  readonly #turn: () => Promise<void>;
  #running = false;
  #woken = false;
  #blocks = 0;
  #resting: (() => void)[] = [];

  /** `turn` must not reject. */
  constructor(ready: () => boolean, turn: () => Promise<void>) {
    this.#ready = ready;
    this.#turn = turn;
  }

  /** Whether a turn is being taken or about to be. */
  get busy(): boolean {
    return this.#running || this.#woken;
  }

  /** There may be something to do. */
  wake(): void {
    if (this.busy || this.#blocks > 0 || !this.#ready()) return;
    this.#woken = true;
    setImmediate(() => {
      this.#woken = false;
      void this.#run();
    });
  }

  /** No new turn begins until the returned function is called. */
  block(): () => void {
    this.#blocks++;
    return () => {
      this.#blocks--;
      this.wake();
    };
  }

  /** Resolves when no turn is being taken. */
  async rest(): Promise<void> {
    while (this.busy) await new Promise<void>((resolve) => this.#resting.push(resolve));
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#blocks === 0 && this.#ready()) await this.#turn();
    this.#running = false;
    const resting = this.#resting;
    this.#resting = [];
    for (const resolve of resting) resolve();
    this.wake();
  }
}
