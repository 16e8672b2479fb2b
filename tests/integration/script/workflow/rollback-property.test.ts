import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Built } from "../guests.ts";
import { Bench } from "./bench.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

let versions: Built[];
beforeAll(async () => {
  versions = await buildKeepers(FIRST, OTHER, { ...OTHER, version: "3.0.0", step: "41", delay: 20 });
});

type Step =
  | { readonly do: "send"; readonly topic: string; readonly payload: string }
  | { readonly do: "advance" | "jump"; readonly ms: number }
  | { readonly do: "swap" | "crash" };

const send = (topic: string, payload: fc.Arbitrary<string | number>) =>
  payload.map((value): Step => ({ do: "send", topic, payload: String(value) }));
const number = fc.integer({ min: 0, max: 999 });
const name = fc.constantFrom("a", "b", "c", "chain");
const life = fc.oneof(
  { weight: 6, arbitrary: send("in/add", number) },
  {
    weight: 3,
    arbitrary: send(
      "in/later",
      fc.tuple(name, fc.integer({ min: 1, max: 300 })).map((pair) => pair.join(" ")),
    ),
  },
  { weight: 1, arbitrary: send("in/cancel", name) },
  { weight: 1, arbitrary: send("in/bad", number) },
  { weight: 1, arbitrary: send("in/lamp", fc.constantFrom("on", "off")) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 400 }).map((ms): Step => ({ do: "advance", ms })) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "advance", ms: 61_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(-50_000, -3_000, 3_000, 50_000).map((ms): Step => ({ do: "jump", ms })) },
);
const risky = fc.oneof({ weight: 20, arbitrary: life }, { weight: 1, arbitrary: fc.constant<Step>({ do: "crash" }) });

async function carryOut(bench: Bench, step: Step): Promise<void> {
  if (step.do === "send") await bench.send(step.topic, step.payload);
  else if (step.do === "advance") await bench.advance(step.ms);
  else if (step.do === "jump") bench.jump(step.ms);
  else if (step.do === "crash") await bench.crash();
  else await bench.swap(bench.workflow.probation ? "3.0.0" : "2.0.0");
  await bench.workflow.idle();
}

/** The last retained word on a topic is what its receivers go by. */
const lamp = (bench: Bench) => bench.said("out/lamp").at(-1);

test("whatever happened to a version that is taken back, the state is what the old one alone would have come to", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { maxLength: 12 }),
      fc.array(risky, { maxLength: 25 }),
      fc.option(fc.nat(24), { nil: undefined }),
      fc.array(life, { maxLength: 8 }),
      async (before, during, secondSwap, after) => {
        const bench = await Bench.start(versions, { inTest: false });
        const model = await Bench.start(versions, { inTest: false });
        for (const step of before) for (const one of [bench, model]) await carryOut(one, step);
        await bench.swap("2.0.0");
        for (const [index, step] of during.entries()) {
          if (index === secondSwap) await bench.swap("3.0.0");
          await carryOut(bench, step);
          if (step.do !== "crash") await carryOut(model, step);
        }
        await bench.restore();
        expect(await bench.known()).toEqual(await model.known());
        if (lamp(model) !== undefined) expect(lamp(bench)).toBe(lamp(model));
        for (const step of after) for (const one of [bench, model]) await carryOut(one, step);
        expect(await bench.known()).toEqual(await model.known());
        expect(await bench.journal.read("rerun.one", "keeper")).toEqual([]);
        for (const one of [bench, model]) {
          await one.workflow.close();
          await one.journal.close();
        }
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
}, 180_000);
