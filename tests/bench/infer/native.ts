import { readFileSync } from "node:fs";
import type { ModelSource } from "../../../runtime/contract/index.ts";
import { buildWorker } from "../../../runtime/inference/build/worker.ts";
import { checkoutPlaces, probeNative } from "../../../runtime/inference/probe.ts";
import { buildMemoryAddon } from "../../../runtime/memory/build/addon.ts";
import { systemClock } from "../../../runtime/platform/index.ts";

export const BUDGET = { memoryBytes: 512 * 2 ** 20, loadMs: 60_000 };

/** The native worker as a device starts it; ended when it goes out of scope. */
export async function openNative() {
  await Promise.all([buildWorker(), buildMemoryAddon()]);
  const { provider, detail } = await probeNative(checkoutPlaces(), { clock: systemClock() });
  if (!provider) throw new Error(detail);
  return { provider, detail, [Symbol.asyncDispose]: () => provider.close() };
}

export function sourceOf(name: string, bytes: Uint8Array): ModelSource {
  return { name, bytes: async () => bytes };
}

/** Bytes of a process's memory that only it has. */
export function ownBytes(pid: number | undefined): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return ["Private_Clean", "Private_Dirty"].reduce(
    (sum, key) => sum + 1024 * Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(rollup)?.[1]),
    0,
  );
}
