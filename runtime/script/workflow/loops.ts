import { StepppsError } from "../../contract/index.ts";
import type { Offer } from "./offer.ts";
import type { Work } from "./work.ts";

/** Plugins that a message goes through, one leading to the next, before it is taken to go round in a circle. */
const MAX_HOPS = 32;
/** Messages that a version has to have waiting before it is said to flood itself: what another left is not its doing. */
const FLOOD = 1_000;

/** It went from plugin to plugin, and would for ever. */
export function goesRound({ hops }: Offer): boolean {
  return hops !== undefined && hops > MAX_HOPS;
}

/** What it sends to itself finds no room, and would wait for itself for ever. */
export function floodsItself({ health, rerun, outbox, inherited }: Work, { itself }: Offer): boolean {
  if (!itself || health === "paused" || health === "starting" || rerun) return false;
  return outbox.messages - inherited.messages >= FLOOD;
}

export function roundError({ name: plugin }: Work, { name, hops }: Offer): StepppsError {
  return new StepppsError("E_PLUGIN_LOOP", `${name} came to ${plugin} over ${hops} plugins`);
}

/** Counts it as a failure of the version, and says why. */
export function flooded(work: Work, { name }: Offer): StepppsError {
  const error = new StepppsError("E_PLUGIN_LOOP", `${name}, sent by ${work.name} itself, finds ${work.inbox.length} waiting`);
  work.counts.failures++;
  work.tally.failed(error.code, 0);
  return error;
}
