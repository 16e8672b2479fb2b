import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { InferenceQueue } from "../../../runtime/inference/queue.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { BUDGET, floats, openNative, sourceOf } from "./support.ts";

const KILLS = 200;
const DEADLINE_MS = 2_000;
const OWNERS = 4;

// How late an answer comes is measured by `npm run bench:infer`: here, on a machine that others use, it only has to come.
test("killed 200 times under load, the worker comes back each time, and every request has an answer", async () => {
  await using native = await openNative();
  const { provider } = native;
  const session = await provider.load(sourceOf("crossing", crossingNetwork()), BUDGET);
  const model = { name: "crossing", version: "1.0.0", session };
  const queue = new InferenceQueue({ models: { get: () => model }, clock: systemClock() });
  const inputs = [floats([1, 64], (index) => index / 64)];
  const answers = { result: 0, error: 0 };
  let asked = 0;
  let running = true;
  const ask = async (owner: string) => {
    while (running) {
      asked++;
      try {
        await queue.infer({ model: "crossing", inputs, deadline: DEADLINE_MS, owner });
        answers.result++;
      } catch (error) {
        expect(error).toBeInstanceOf(StepppsError);
        expect((error as StepppsError).code).toMatch(/^E_INFER_(WORKER|DEADLINE)$/);
        answers.error++;
      }
    }
  };
  const load = Array.from({ length: OWNERS }, (_, owner) => ask(`owner ${owner}`));
  for (let kill = 0; kill < KILLS; kill++) {
    const before = answers.result;
    // At any moment: while it starts, loads, runs or sleeps
    await sleep(kill % 20);
    const { pid } = provider.health();
    try {
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch (error) {
      expect(error).toMatchObject({ code: "ESRCH" });
    }
    await expect.poll(() => answers.result, { interval: 1 }).toBeGreaterThan(before);
  }
  running = false;
  await Promise.all(load);
  expect(answers.result + answers.error).toBe(asked);
  expect(provider.health().restarts).toBeGreaterThan(KILLS / 2);
});
