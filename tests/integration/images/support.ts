import { join } from "node:path";
import { BOARDS, type Board } from "../../../board-support/index.ts";
import { readLock } from "../../../images/lock/lock.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import { toolset } from "../../../images/toolset/toolset.ts";

/** What every step takes, with results of earlier runs. */
export async function builder() {
  const [lock, places] = [readLock(), imagePlaces()];
  return { lock, places, tools: await toolset(lock, places) };
}

/** The same with nothing of earlier steps but what was downloaded, and the tools. */
export function withoutResults<T extends Awaited<ReturnType<typeof builder>>>(all: T, folder: string): T {
  return { ...all, places: { ...all.places, cache: join(folder, "images") } };
}

export function boardOf(name: string): Board {
  const board = BOARDS.find((each) => each.name === name);
  if (!board) throw new Error(`there is no board ${name}`);
  return board;
}
