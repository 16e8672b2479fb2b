import { join, resolve } from "node:path";
import type { VerbContext } from "./verb.ts";

/** Where this person's keys are, as for the command line: STEPPPS_KEYS, or `keys` in the checkout's data directory. */
export function keysFolder({ env, cwd, places }: Pick<VerbContext, "env" | "cwd" | "places">): string {
  return env.STEPPPS_KEYS ? resolve(cwd, env.STEPPPS_KEYS) : join(places.root, "steppps-data/keys");
}
