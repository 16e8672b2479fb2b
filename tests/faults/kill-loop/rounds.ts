import { FAULT_POINTS, type FaultPoint } from "../../../runtime/contract/index.ts";
import type { Random } from "./random.ts";

/** What is asked of the device while it lives: a version that is good, or that fails once it has taken over, or new trust metadata. */
export type Act = "good" | "bad" | "trust";

/** How one life of the device ends. */
export interface Round {
  /** Killed by itself at this point, or from outside at any moment. */
  readonly at: FaultPoint | "random";
  /** How often it passes the point unharmed. */
  readonly skip: number;
  /** ms after it handles messages until it is killed from outside, if it still lives. */
  readonly life: number;
  readonly act: Act | undefined;
}

const POINTS = Object.keys(FAULT_POINTS) as FaultPoint[];
/** A point that is not reached by then is not reached in this round. */
const PATIENCE_MS = 3_000;
/** What leads to the points of each kind; the others are reached by traffic alone. */
const ACTS: Readonly<Record<string, Act>> = {
  transfer: "good",
  deploy: "good",
  swap: "good",
  gate: "good",
  rollback: "bad",
  rerun: "bad",
  trust: "trust",
};

/** Every third round is killed at any moment; the others at each of the points in turn. */
export function planRounds(count: number, random: Random): Round[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 3 === 2) {
      const act = random.pick<Act | undefined>([undefined, "good", "good", "bad", "bad", "trust"]);
      return { at: "random", skip: 0, life: random.below(act ? 900 : 400), act };
    }
    const at = POINTS[(index - Math.floor(index / 3)) % POINTS.length] as FaultPoint;
    const act = ACTS[at.split(":")[0] as string];
    const skip = at === "rerun:between" ? random.below(4) : act ? 0 : random.below(at.startsWith("timer:") ? 6 : 40);
    return { at, skip, life: PATIENCE_MS, act };
  });
}
