import type { Board } from "../../board-support/index.ts";
import type { SlotContents } from "../../images/disk/slot.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";

/** What a boot test is given. */
export interface Subject {
  readonly board: Board;
  readonly image: string;
  /** Builds another version of what the image has in its slot. */
  build(version: string): Promise<SlotContents>;
  /** For this test alone; need not be there. */
  readonly folder: string;
  readonly tools: Toolset;
}
