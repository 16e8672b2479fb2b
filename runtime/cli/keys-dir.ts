import { resolve } from "node:path";
import { dataPaths } from "../boot/data-paths.ts";
import type { Invocation } from "./command.ts";

/** Where this person's keys are: STEPPPS_KEYS, or `keys` in the data directory. */
export function keysDir({ env, cwd, data }: Pick<Invocation, "env" | "cwd" | "data">): string {
  const { STEPPPS_KEYS } = env;
  return STEPPPS_KEYS ? resolve(cwd, STEPPPS_KEYS) : dataPaths(data).keys;
}
