/** Says which of a number of steps is being taken, and how long each took. */
export class Progress {
  readonly #steps: number;
  readonly #say: (line: string) => void;
  #step = 0;

  constructor(steps: number, say: (line: string) => void) {
    this.#steps = steps;
    this.#say = say;
  }

  async step<T>(name: string, take: () => Promise<T>): Promise<T> {
    this.#step++;
    const bar = "#".repeat(this.#step).padEnd(this.#steps, ".");
    this.#say(`[${bar}] ${name}`);
    const began = performance.now();
    const result = await take();
    const seconds = (performance.now() - began) / 1000;
    if (seconds > 1) this.#say(`[${bar}] ${name}: ${seconds.toFixed(1)} s`);
    return result;
  }
}
