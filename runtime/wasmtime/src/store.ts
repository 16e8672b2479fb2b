import { integer, known } from "./check.ts";
import type { Engine } from "./engine.ts";
import { Handle } from "./handle.ts";

export interface StoreOptions {
  /** The most bytes of one memory. Default 64 MiB. */
  readonly memoryBytes?: number;
  /** The most elements of one table. Default 10,000. */
  readonly tableElements?: number;
  /** The most instances, tables and memories in the store. Default 100 each. */
  readonly instances?: number;
  readonly tables?: number;
  readonly memories?: number;
  /** Epoch ticks that a call from JavaScript may take. Default 5000. */
  readonly deadlineTicks?: number;
}

const GiB = 2 ** 30;
const MAX_ITEMS = 100_000;
const MAX_TICKS = 2 ** 40;

/**
 * Holds instances and what they own. Everything in a store goes with it; close it when done, as JavaScript imports
 * that refer back to it keep it from being collected.
 */
export class Store extends Handle<"Store"> {
  readonly engine: Engine;

  constructor(engine: Engine, options: StoreOptions = {}) {
    known("Store", options, ["memoryBytes", "tableElements", "instances", "tables", "memories", "deadlineTicks"]);
    super(
      engine.binding,
      engine.binding.createStore(
        engine.native,
        integer("memoryBytes", options.memoryBytes ?? GiB / 16, 0, 4 * GiB),
        integer("tableElements", options.tableElements ?? 10_000, 0, 10_000_000),
        integer("instances", options.instances ?? 100, 0, MAX_ITEMS),
        integer("tables", options.tables ?? 100, 0, MAX_ITEMS),
        integer("memories", options.memories ?? 100, 0, MAX_ITEMS),
        integer("deadlineTicks", options.deadlineTicks ?? 5000, 1, MAX_TICKS),
      ),
    );
    this.engine = engine;
  }

  /** Sets how many epoch ticks each further call from JavaScript may take. */
  setDeadline(ticks: number): void {
    this.binding.setDeadline(this.native, integer("ticks", ticks, 1, MAX_TICKS));
  }

  /** Fuel left; the engine must consume fuel. A store begins with none. */
  get fuel(): bigint {
    return this.binding.getFuel(this.native);
  }

  set fuel(amount: bigint) {
    this.binding.setFuel(this.native, amount);
  }
}
