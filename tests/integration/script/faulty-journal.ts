import { setImmediate as nextTurn } from "node:timers/promises";
import { type ErrorCode, StepppsError } from "../../../runtime/contract/index.ts";
import { type Journal, type Op, openJournal, type QueryName } from "../../../runtime/store/index.ts";

/** A real journal in memory whose commits can be made to fail, or to wait. */
export class FaultyJournal implements Journal {
  /** Commits fail with it while it is set. */
  failing: ErrorCode | undefined;
  /** Commits that hold such a statement fail once. */
  failOnce: Op[0] | undefined;
  /** Reads of it fail while it is set. */
  unreadable: QueryName | undefined;
  readonly commits: Op[][] = [];
  /** Commits that were made to fail. */
  failures = 0;
  readonly #inner: Journal;
  #held: (() => void)[] | undefined;

  private constructor(inner: Journal) {
    this.#inner = inner;
  }

  static async open(): Promise<FaultyJournal> {
    return new FaultyJournal(await openJournal({ file: ":memory:" }));
  }

  /** Resolves once so many commits have failed, and whoever made them has been told. */
  async failed(times: number): Promise<void> {
    while (this.failures < times) await nextTurn();
    for (let turns = 0; turns < 10; turns++) await nextTurn();
  }

  get opened() {
    return this.#inner.opened;
  }

  /** From now on commits wait for `release`. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  async commit(ops: readonly Op[]): Promise<void> {
    const once = ops.some(([statement]) => statement === this.failOnce);
    if (once) this.failOnce = undefined;
    if (once || this.failing) this.failures++;
    if (once || this.failing) throw new StepppsError(this.failing ?? "E_STORE_FULL", "as told");
    const copy = structuredClone(ops) as Op[];
    if (this.#held) await new Promise<void>((resolve) => this.#held?.push(resolve));
    this.commits.push(copy);
    return this.#inner.commit(copy);
  }

  read: Journal["read"] = (query, ...params) =>
    query === this.unreadable ? Promise.reject(new StepppsError("E_STORE_IO", "as told")) : this.#inner.read(query, ...params);

  pressure(): number {
    return this.#inner.pressure();
  }

  size() {
    return this.#inner.size();
  }

  widen(windowMs: number): void {
    this.#inner.widen(windowMs);
  }

  copy(path: string): Promise<void> {
    return this.#inner.copy(path);
  }

  close() {
    return this.#inner.close();
  }
}
