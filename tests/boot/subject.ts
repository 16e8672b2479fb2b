import type { Board } from "../../board-support/index.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";

/** What a boot test is given. */
export interface Subject {
  readonly board: Board;
  readonly image: string;
  /** For this test alone; need not be there. */
  readonly folder: string;
  readonly tools: Toolset;
}
