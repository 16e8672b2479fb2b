import { Handle } from "./handle.ts";

/** A guest's table: it can be measured and handed to another guest of the store; its references stay native. */
export class Table extends Handle<"Table"> {
  /** Number of elements. */
  get size(): number {
    return this.binding.tableSize(this.native);
  }
}
