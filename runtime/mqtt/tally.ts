import { StepppsError } from "../contract/index.ts";
import { DROP_REASONS, type DropReason } from "./bus.ts";

const QUIET_MS = 1000;

/** Counts what is dropped and tells about refusals, so that a flood of them is not a flood of reports. */
export class Tally {
  readonly dropped = Object.fromEntries(Object.keys(DROP_REASONS).map((reason) => [reason, 0])) as Record<DropReason, number>;
  readonly #report: (error: StepppsError) => void;
  readonly #last = new Map<string, { at: number; unsaid: number }>();

  constructor(report: (error: StepppsError) => void = () => {}) {
    this.#report = report;
  }

  drop(reason: DropReason, count = 1): void {
    this.dropped[reason] += count;
  }

  /** Passes `error` on, unless one with its code was passed on within the last second. */
  report(error: StepppsError): void {
    const now = performance.now();
    const last = this.#last.get(error.code);
    if (last && now - last.at < QUIET_MS) {
      last.unsaid++;
      return;
    }
    this.#last.set(error.code, { at: now, unsaid: 0 });
    const unsaid = last?.unsaid ?? 0;
    this.#report(unsaid === 0 ? error : new StepppsError(error.code, `${error.detail} (and ${unsaid} more)`, { cause: error }));
  }
}
