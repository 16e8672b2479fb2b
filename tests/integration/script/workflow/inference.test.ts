import { decode } from "cbor-x";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Built } from "../guests.ts";
import { HeldModels } from "../models.ts";
import { buildAskers } from "./askers.ts";
import { Bench, type BenchOptions, SEED } from "./bench.ts";

let versions: Built[];
beforeAll(async () => {
  versions = await buildAskers(
    { version: "1.0.0", step: "31", asks: "n" },
    { version: "2.0.0", step: "37", asks: "n" },
    { version: "3.0.0", step: "37", asks: "n + 1000" },
  );
});

async function start(options: BenchOptions = {}) {
  const models = new HeldModels();
  const bench = await Bench.start(versions, { ...options, ports: { inferences: models } });
  return { bench, models };
}

async function state({ workflow }: Bench): Promise<Record<string, number>> {
  await workflow.idle();
  return Object.fromEntries([...workflow.image.entries].map(([key, value]) => [key, Number(decode(value))]));
}

async function ask(bench: Bench, ...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    await bench.send("in/ask", n);
    await bench.workflow.idle();
  }
}

describe("a version that is taken back", () => {
  test("is told again what it asks alike, at its place among the inputs, and nothing runs twice", async () => {
    const { bench, models } = await start();
    await ask(bench, 1, 2);
    await bench.swap("2.0.0");
    await ask(bench, 3, 4);
    await bench.send("in/add", 5);
    await ask(bench, 6);
    await bench.restore();
    const alone = await start();
    await ask(alone.bench, 1, 2, 3, 4);
    await alone.bench.send("in/add", 5);
    await ask(alone.bench, 6);
    expect(await state(bench)).toEqual(await state(alone.bench));
    expect(models.asked).toHaveLength(5);
    expect(await bench.journal.read("inference.all", "asker")).toEqual([]);
  });

  test("has what it asks otherwise run", async () => {
    const { bench, models } = await start();
    await bench.swap("3.0.0");
    await ask(bench, 1, 2);
    expect(await state(bench)).toMatchObject({ asked: 2, told: 2, sum: 2 * 2003 });
    await bench.restore();
    expect(await state(bench)).toMatchObject({ asked: 2, told: 2, sum: 6 });
    expect(models.asked).toHaveLength(4);
  });

  test("has its own questions back that the other version was told the answers of", async () => {
    const { bench, models } = await start();
    models.held = true;
    await bench.send("in/ask", 7);
    await bench.swap("3.0.0");
    models.release();
    expect(await state(bench)).toMatchObject({ asked: 1, told: 1, sum: 14 });
    await bench.restore();
    expect(await state(bench)).toMatchObject({ asked: 1, told: 1, sum: 14 });
    expect(models.asked).toHaveLength(1);
  });

  test("and those that nobody was told of", async () => {
    const { bench, models } = await start();
    models.held = true;
    await bench.send("in/ask", 7);
    await bench.swap("3.0.0");
    await bench.send("in/ask", 8);
    await bench.restore();
    models.release();
    expect(await state(bench)).toMatchObject({ asked: 2, told: 2, sum: 30 });
    expect(await bench.journal.read("inference.all", "asker")).toEqual([]);
  });

  test("before it is opened after a crash", async () => {
    const { bench, models } = await start();
    models.held = true;
    await bench.send("in/ask", 7);
    await bench.swap("3.0.0");
    await bench.send("in/ask", 8);
    await bench.workflow.close();
    await bench.begin("asker", await bench.version("3.0.0"));
    await bench.restore();
    bench.workflow.open();
    models.release();
    expect(await state(bench)).toMatchObject({ asked: 2, told: 2, sum: 30 });
  });
});

test("a version that takes over is told the answers that wait for it, by the model's name", async () => {
  const { bench, models } = await start();
  models.held = true;
  await bench.send("in/ask", 7);
  await bench.swap("2.0.0", false);
  await bench.crash();
  models.release();
  expect(await state(bench)).toMatchObject({ asked: 1, told: 1, sum: 14 });
});

test("an answer that comes while a version takes over is told once", async () => {
  const { bench, models } = await start();
  models.held = true;
  await bench.send("in/ask", 7);
  const ops = () => {
    models.release();
    return [["plugin.set", "asker", "2.0.0", "1.0.0", SEED, 0, bench.workflow.seq]] as const;
  };
  await bench.workflow.swap(await bench.version("2.0.0"), { gate: false, ops });
  expect(await state(bench)).toMatchObject({ asked: 1, told: 1, sum: 14 });
});

test("an answer that waited for another try comes back with the version that it failed in", async () => {
  const failing = await buildAskers(
    { version: "1.0.0", step: "(31 / (n == 26 ? 0 : 1))", asks: "n" },
    { version: "2.0.0", step: "37", asks: "n" },
  );
  const bench = await Bench.start(failing, { ports: { inferences: new HeldModels() } });
  await bench.send("in/ask", 13);
  await bench.workflow.idle();
  expect(await bench.journal.read("pending.all", "asker")).toHaveLength(1);
  await bench.swap("2.0.0");
  await bench.advance(2_000);
  expect(await state(bench)).toMatchObject({ asked: 1, told: 1 });
  await bench.restore();
  expect(await state(bench)).toMatchObject({ asked: 1 });
  const kept = [await bench.journal.read("pending.all", "asker"), await bench.journal.read("dead.all", "asker", 10)].flat();
  expect(kept).toHaveLength(1);
});

test.each([
  ["from memory to the journal", "memory", "durable"],
  ["from the journal to memory", "durable", "memory"],
] as const)("a change of durability %s loses no question and doubles no answer", async (_, from, to) => {
  const models = new HeldModels();
  const as = (built: Built | undefined, durability: "memory" | "durable") => {
    const { manifest, wasm } = built as Built;
    return { wasm, manifest: { ...manifest, durability } };
  };
  const bench = await Bench.start([as(versions[0], from), as(versions[1], to)], { ports: { inferences: models } });
  models.held = true;
  await bench.send("in/ask", 7);
  await bench.swap("2.0.0", false);
  expect(await bench.journal.read("inference.all", "asker")).toHaveLength(to === "durable" ? 1 : 0);
  models.release();
  expect(await state(bench)).toMatchObject({ asked: 1, told: 1, sum: 14 });
  expect(await bench.journal.read("inference.all", "asker")).toEqual([]);
});

type Step =
  | { readonly do: "ask" | "add"; readonly n: number }
  | { readonly do: "crash" | "hold" | "release" | "swap" | "restore" };
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 500 }).map((n): Step => ({ do: "ask", n })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 500 }).map((n): Step => ({ do: "add", n })) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: "crash" }, { do: "hold" }, { do: "release" }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "swap" }, { do: "restore" }) },
);

test("whatever happens, every question of every input is answered once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { bench, models } = await start({ inTest: false });
      const sum = { asked: 0, twice: 0 };
      for (const one of steps) {
        if (one.do === "ask") {
          sum.asked++;
          sum.twice += 2 * one.n;
          await bench.send("in/ask", one.n);
        } else if (one.do === "add") await bench.send("in/add", one.n);
        else if (one.do === "crash") await bench.crash();
        else if (one.do === "hold") models.held = true;
        else if (one.do === "release") models.release();
        else if (one.do === "swap" && !bench.workflow.rerunning && !bench.workflow.probation) await bench.swap("2.0.0");
        else if (one.do === "restore" && !bench.workflow.rerunning && bench.workflow.probation) await bench.restore();
      }
      models.release();
      const known = await state(bench);
      if (sum.asked > 0) expect(known).toMatchObject({ asked: sum.asked, told: sum.asked, sum: sum.twice });
      expect(await bench.journal.read("inference.all", "asker")).toEqual([]);
      await bench.workflow.close();
      await bench.journal.close();
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 180_000);
