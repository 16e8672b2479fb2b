import { FAULT_POINTS, type FaultPoint } from "../../../runtime/contract/index.ts";
import type { Random } from "./random.ts";

/** A version that is good, or that fails once it has inputs; with a share of them first, or not. */
export type Kind = "good" | "bad" | "good canary" | "bad canary";
/** What is asked of the device while it lives: a deploy, or new trust metadata. */
export type Act = Kind | "trust";

/** How one life of the device ends. */
export interface Round {
  /** Killed by itself at this point, or from outside at any moment. */
  readonly at: FaultPoint | "random";
  /** How often it passes the point unharmed. */
  readonly skip: number;
  /** ms after it handles messages until it is killed from outside, if it still lives. */
  readonly life: number;
  readonly act: Act | undefined;
  /** Before it begins, the code of a version on probation is damaged on the disk. */
  readonly damage: boolean;
  /** Its journal begins on the event loop's thread and moves to its own in the first pause, as an image's does. */
  readonly late: boolean;
}

/** This device has no image that could be updated. */
export const POINTS = (Object.keys(FAULT_POINTS) as FaultPoint[]).filter((point) => !point.startsWith("update:"));
/** Percent of the lives that begin with a version damaged, if one is on probation. */
const DAMAGED = 10;
/** A point that is not reached by then is not reached in this round. */
const PATIENCE_MS = 3_000;
/** What leads to the points of each kind; the others are reached by traffic alone. */
const ACTS: Readonly<Record<string, readonly Act[]>> = {
  transfer: ["good"],
  deploy: ["good"],
  "canary:begun": ["good canary", "bad canary"],
  "canary:before-settle": ["good canary"],
  "canary:before-rollback": ["bad canary"],
  adopt: ["good canary", "bad canary"],
  swap: ["good"],
  gate: ["good"],
  "rollback:at-start": ["good", "bad"],
  rollback: ["bad"],
  rerun: ["bad", "good canary"],
  trust: ["trust"],
};
const AT_RANDOM: readonly (Act | undefined)[] = [
  undefined,
  "good",
  "good",
  "bad",
  "bad",
  "good canary",
  "bad canary",
  "good canary",
  "trust",
];

/** Every third round is killed at any moment; the others at each of the points in turn. `withLate`: about half of them are `late`. */
export function planRounds(count: number, random: Random, withLate: boolean): Round[] {
  return Array.from({ length: count }, (_, index) => {
    const late = withLate && random.below(2) === 0;
    if (index % 3 === 2) {
      const act = random.pick(AT_RANDOM);
      const most = !act ? 400 : act.endsWith("canary") ? 2_000 : 900;
      return { at: "random", skip: 0, life: random.below(most), act, damage: random.below(100) < DAMAGED, late };
    }
    const at = POINTS[(index - Math.floor(index / 3)) % POINTS.length] as FaultPoint;
    const acts = ACTS[at] ?? ACTS[at.split(":")[0] as string];
    const act = acts && random.pick(acts);
    const skip = at === "rerun:between" ? random.below(4) : act ? 0 : random.below(at.startsWith("timer:") ? 6 : 40);
    return { at, skip, life: PATIENCE_MS, act, damage: at === "rollback:at-start", late };
  });
}
