// node --expose-gc kill-load.ts KILLS: asks a model without a pause, kills the worker so often, and prints what came of it as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { InferenceQueue } from "../../../runtime/inference/queue.ts";
import { compactHeap, systemClock } from "../../../runtime/platform/index.ts";
import { BUDGET, openNative, sourceOf } from "./native.ts";

/** What the load came to. */
export interface KillOutcome {
  readonly late: number;
  readonly errors: number;
  readonly all: number;
  /** ms, of each kill. */
  readonly gaps: readonly number[];
  /** Bytes of the process's memory, with all garbage collected. */
  readonly grown: number;
}

export const DEADLINE_MS = 500;
export const OWNERS = 4;
const GAP_MS = 100;

async function run(kills: number): Promise<KillOutcome> {
  await using native = await openNative();
  const { provider } = native;
  const session = await provider.load(sourceOf("crossing", crossingNetwork()), BUDGET);
  const model = { name: "crossing", version: "1.0.0", session };
  const queue = new InferenceQueue({ models: { get: () => model }, clock: systemClock() });
  const inputs = [{ dtype: "float32" as const, dims: [1, 64], bytes: new Uint8Array(256) }];
  const counts = { late: 0, errors: 0, all: 0 };
  let running = true;
  let answered = performance.now();
  let gap = 0;
  const ask = async (owner: string) => {
    while (running) {
      const began = performance.now();
      try {
        await queue.infer({ model: "crossing", inputs, deadline: DEADLINE_MS, owner });
        gap = Math.max(gap, performance.now() - answered);
        answered = performance.now();
      } catch {
        counts.errors++;
      }
      counts.all++;
      if (performance.now() - began > DEADLINE_MS + 100) counts.late++;
    }
  };
  const load = Array.from({ length: OWNERS }, (_, owner) => ask(`owner ${owner}`));
  await sleep(1_000);
  const before = keptBytes();
  const gaps: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    gap = 0;
    const { pid } = provider.health();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await sleep(GAP_MS + (kill % 50));
    gaps.push(gap);
  }
  const grown = keptBytes() - before;
  running = false;
  await Promise.all(load);
  return { ...counts, gaps, grown };
}

function keptBytes(): number {
  compactHeap();
  return process.memoryUsage().rss;
}

if (import.meta.main) process.stdout.write(JSON.stringify(await run(Number(process.argv[2]))));
