import { type Expectation, type Figure, judge, unmeasured } from "./figure.ts";

/** What a suite has measured of what it promised, and what it has to say beside that. */
export class Results {
  readonly #suite: string;
  readonly #expects: readonly Expectation[];
  readonly #found = new Map<string, Figure>();
  readonly #beside: Figure[] = [];

  constructor(suite: string, expects: readonly Expectation[]) {
    this.#suite = suite;
    this.#expects = expects;
  }

  /** The value of an expected figure, or the reason why there is none. */
  record(name: string, value: number | Error): void {
    const expected = this.#expects.find((one) => one.name === name);
    if (!expected) throw new Error(`no suite promised "${name}"`);
    this.#found.set(name, value instanceof Error ? unmeasured(expected, reasonOf(value)) : judge(expected, value));
  }

  /** A figure that comes as it is. It takes the place of an expected one of its name. */
  add(figure: Figure): void {
    if (this.#expects.some(({ name }) => name === figure.name)) this.#found.set(figure.name, figure);
    else this.#beside.push(figure);
  }

  /** A row for each expected figure in the order promised, then the others. What was not recorded was not measured, for `reason`. */
  rows(reason: string): Figure[] {
    const rows = this.#expects.map((expected) => this.#found.get(expected.name) ?? unmeasured(expected, reason));
    rows.push(...this.#beside);
    return rows.length > 0 ? rows : [unmeasured({ name: this.#suite, unit: "", bound: null }, reason)];
  }
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 3).join(" ").slice(0, 300);
}
