import type { Expectation, Figure } from "./figure.ts";
import type { Quiet } from "./quiet.ts";
import type { Results } from "./results.ts";

/** What a suite works with. */
export interface Bench {
  /** Short windows and one repetition, to see that everything runs. */
  readonly quick: boolean;
  readonly quiet: Quiet;
  /** A folder on a real disk, for data and for what peers write. */
  readonly folder: string;
  readonly results: Results;
  /** Progress, for whoever waits. */
  say(line: string): void;
}

export interface Suite {
  readonly name: string;
  /** How it is measured, for the page of figures. */
  readonly about: string;
  readonly expects: readonly Expectation[];
  run(bench: Bench): Promise<void>;
}

export interface Measured {
  readonly suite: Suite;
  readonly figures: readonly Figure[];
  readonly seconds: number;
}
