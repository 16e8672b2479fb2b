import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { crossingNetwork } from "../../../../assembly/models/crossing.ts";
import { InferenceQueue, type ServedModel } from "../../../../runtime/inference/queue.ts";
import { systemClock } from "../../../../runtime/platform/index.ts";
import { modelFile, REAL_MODELS } from "../../../support/models/models.ts";
import { BUDGET, openNative, sourceOf } from "../../infer/native.ts";
import type { Suite } from "../../suite.ts";

const SWAPS = 20;
const OWNERS = 4;
const BETWEEN_MS = 100;

const NAMES = {
  lost: "swap: requests without a result",
  gap: "swap: longest time without a result",
  beside: "swap: the same while a model of 23 MB is loaded beside it",
} as const;

export const swap: Suite = {
  name: "swap",
  about: `A model is loaded anew and takes its own place ${SWAPS} times, while ${OWNERS} owners ask without a pause.`,
  expects: [
    { name: NAMES.lost, unit: "", bound: "<= 0" },
    { name: NAMES.gap, unit: "ms", bound: "<= 20" },
    { name: NAMES.beside, unit: "ms", bound: null },
  ],
  async run({ quick, quiet, results }) {
    const large = REAL_MODELS.find(({ name }) => name === "minilm-int8");
    if (!large) throw new Error("there is no model minilm-int8");
    const file = readFileSync(await modelFile(large));
    await quiet.watch(async () => {
      await using native = await openNative();
      const { provider } = native;
      const load = async (): Promise<ServedModel> => ({
        name: "crossing",
        version: "1.0.0",
        session: await provider.load(sourceOf("crossing", crossingNetwork()), BUDGET),
      });
      let served = await load();
      const queue = new InferenceQueue({ models: { get: () => served }, clock: systemClock() });
      const inputs = [{ dtype: "float32" as const, dims: [1, 64], bytes: new Uint8Array(256) }];
      let running = true;
      let lost = 0;
      let answered = performance.now();
      let gap = 0;
      const ask = async (owner: string) => {
        while (running) {
          try {
            await queue.infer({ model: "crossing", inputs, deadline: 10_000, owner });
          } catch {
            lost++;
          }
          gap = Math.max(gap, performance.now() - answered);
          answered = performance.now();
        }
      };
      const asking = Array.from({ length: OWNERS }, (_, owner) => ask(`owner ${owner}`));
      await sleep(1_000);
      gap = 0;
      for (let round = 0; round < (quick ? 3 : SWAPS); round++) {
        const before = served;
        served = await load();
        await queue.drained(before.session);
        before.session.free();
        await sleep(BETWEEN_MS);
      }
      results.record(NAMES.gap, gap);
      gap = 0;
      (await provider.load(sourceOf(large.name, file), BUDGET)).free();
      results.record(NAMES.beside, gap);
      running = false;
      await Promise.all(asking);
      results.record(NAMES.lost, lost);
    });
  },
};
