import { input } from "./input";

/**
 * Random bits from the input's seed (SplitMix64: Steele, Lea, Flood 2014). Handling the input again draws the same
 * numbers; they are not fit for keys or passwords.
 */
export function randomBits(): u64 {
  input.seed += 0x9e3779b97f4a7c15;
  let z = input.seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** A number in [0, 1), with 53 random bits. */
export function random(): f64 {
  return <f64>(randomBits() >> 11) * (1.0 / 9007199254740992.0);
}

/** A whole number in [from, to]. */
export function randomInt(from: i64, to: i64): i64 {
  return from + <i64>Math.floor(random() * (<f64>(to - from) + 1.0));
}

/** When the input arrived, in ms since the epoch: the only clock a plugin has, so that handling it again changes nothing. */
export function now(): i64 {
  return input.time;
}
