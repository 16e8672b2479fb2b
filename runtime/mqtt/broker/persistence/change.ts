import type { Op } from "../../../store/index.ts";

/** Something that shall become true in the journal and then in memory: `apply` is called once `ops` are committed. */
export interface Change {
  readonly ops: readonly Op[];
  apply(): void;
}
