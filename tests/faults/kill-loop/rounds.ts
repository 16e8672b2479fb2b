import { FAULT_POINTS, type FaultPoint } from "../../../runtime/contract/index.ts";
import type { Random } from "./random.ts";

/** How one life of the device ends. */
export interface Round {
  /** Killed by itself at this point, or from outside at any moment. */
  readonly at: FaultPoint | "random";
  /** How often it passes the point unharmed. */
  readonly skip: number;
  /** ms after it handles messages until it is killed from outside, if it still lives. */
  readonly life: number;
  /** A new version is deployed while it lives. */
  readonly deploys: boolean;
}

const POINTS = Object.keys(FAULT_POINTS) as FaultPoint[];
/** A point that is not reached by then is not reached in this round. */
const PATIENCE_MS = 3_000;

/** Every third round is killed at any moment; the others at each of the points in turn. */
export function planRounds(count: number, random: Random): Round[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 3 === 2) return { at: "random", skip: 0, life: random.below(500), deploys: random.below(4) === 0 };
    const at = POINTS[(index - Math.floor(index / 3)) % POINTS.length] as FaultPoint;
    const rare = at.startsWith("deploy:") || at.startsWith("swap:");
    const skip = rare ? 0 : random.below(at.startsWith("timer:") ? 6 : 40);
    return { at, skip, life: PATIENCE_MS, deploys: rare };
  });
}
