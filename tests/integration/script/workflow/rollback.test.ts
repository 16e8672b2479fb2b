import { beforeAll, describe, expect, test } from "vitest";
import type { Built } from "../guests.ts";
import { Bench } from "./bench.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

let versions: Built[];
beforeAll(async () => {
  versions = await buildKeepers(FIRST, OTHER, { ...OTHER, version: "3.0.0", step: "41", bad: "this.take(1);" });
});

/** What a keeper of the first version alone comes to. */
async function alone(script: (bench: Bench) => Promise<void>) {
  const bench = await Bench.start(versions);
  await script(bench);
  return { known: await bench.known(), bench };
}

describe("a version on probation that is taken back", () => {
  test("leaves the state that the old version alone would have, and outputs that were the same are not sent again", async () => {
    const first = async (bench: Bench) => {
      for (let i = 1; i <= 20; i++) await bench.send("in/add", i);
      await bench.send("in/later", "a 100");
      await bench.advance(50);
    };
    const second = async (bench: Bench) => {
      for (let i = 1; i <= 20; i++) await bench.send("in/add", i * 3);
      await bench.send("in/later", "b 40");
      await bench.advance(200);
      await bench.send("in/add", 5);
    };
    const bench = await Bench.start(versions);
    await first(bench);
    await bench.swap("2.0.0");
    expect(bench.workflow.probation).toMatchObject({ version: "2.0.0", previous: "1.0.0" });
    await second(bench);
    const wrong = await bench.known();
    await bench.restore();
    const model = await alone(async (one) => {
      await first(one);
      await second(one);
    });
    const right = await bench.known();
    expect(right).toEqual(model.known);
    expect(right).not.toEqual(wrong);
    // Every total differs, so each was sent; "heard" is what both say of an input.
    expect(bench.said("out/heard")).toEqual(model.bench.said("out/heard"));
    expect(bench.said("out/total").slice(-21)).toEqual(model.bench.said("out/total").slice(-21));
    expect(bench.workflow.probation).toBeUndefined();
    await bench.send("in/add", 1);
    await model.bench.send("in/add", 1);
    expect(await bench.known()).toEqual(await model.bench.known());
  });

  test("has its dead letters and retries handled in their place, and what it alone listened to is passed over", async () => {
    const bench = await Bench.start(versions);
    await bench.send("in/add", 1);
    await bench.swap("2.0.0");
    await bench.send("in/bad"); // waits
    await bench.advance(1_000); // given up
    await bench.send("in/add", 2);
    await bench.send("in/bad"); // waits
    await bench.send("in/new", "abc");
    await bench.send("in/add", 3);
    expect(await bench.journal.read("dead.all", "keeper", 10)).toHaveLength(1);
    await bench.restore();
    const model = await alone(async (one) => {
      await one.send("in/add", 1);
      await one.send("in/bad");
      await one.advance(1_000);
      await one.send("in/add", 2);
      await one.send("in/bad");
      await one.send("in/add", 3);
    });
    const sum = (lines: string[]) => lines.filter((line) => line.startsWith("total"));
    expect(sum((await bench.known()).state)).toEqual(sum(model.known.state));
    expect(await bench.journal.read("dead.all", "keeper", 10)).toEqual([]);
    expect(await bench.journal.read("pending.all", "keeper")).toEqual([]);
    expect(await bench.journal.read("rerun.one", "keeper")).toEqual([]);
    await bench.crash();
    await bench.send("in/add", 9);
    await model.bench.send("in/add", 9);
    expect(sum((await bench.known()).state)).toEqual(sum((await model.bench.known()).state));
  });

  test("its random numbers are those that the input had", async () => {
    const bench = await Bench.start([...(await buildKeepers(FIRST, { ...FIRST, version: "1.0.1" }))]);
    await bench.swap("1.0.1");
    for (let i = 0; i < 5; i++) await bench.send("in/draw");
    const before = await bench.known();
    await bench.restore();
    expect(await bench.known()).toEqual(before);
  });

  test("one that follows another on probation: back to the last that passed", async () => {
    const bench = await Bench.start(versions);
    await bench.send("in/add", 1);
    await bench.swap("2.0.0");
    await bench.send("in/add", 2);
    await bench.swap("3.0.0");
    expect(bench.workflow.probation).toMatchObject({ version: "3.0.0", previous: "1.0.0" });
    await bench.send("in/add", 3);
    await bench.crash();
    expect(bench.workflow.probation).toMatchObject({ version: "3.0.0", previous: "1.0.0" });
    await bench.restore();
    const model = await alone(async (one) => {
      for (const n of [1, 2, 3]) await one.send("in/add", n);
    });
    expect(await bench.known()).toEqual(model.known);
    expect(bench.workflow.version.manifest.version).toBe("1.0.0");
  });

  test("before it is opened after a crash", async () => {
    const bench = await Bench.start(versions);
    await bench.send("in/later", "chain 500");
    await bench.swap("2.0.0");
    for (let i = 0; i < 10; i++) await bench.send("in/add", i);
    await bench.workflow.close();
    await bench.begin("keeper", await bench.version("2.0.0"));
    await bench.restore();
    bench.workflow.open();
    const model = await alone(async (one) => {
      await one.send("in/later", "chain 500");
      for (let i = 0; i < 10; i++) await one.send("in/add", i);
    });
    expect(await bench.known()).toEqual(model.known);
    await bench.advance(600);
    await model.bench.advance(600);
    expect(await bench.known()).toEqual(await model.bench.known());
  });

  test("settled: there is no way back, and history may go", async () => {
    const bench = await Bench.start(versions);
    await bench.swap("2.0.0");
    await bench.send("in/add", 2);
    await bench.workflow.settle([]);
    expect(await bench.journal.read("probation.head", "keeper")).toEqual([]);
    await expect(bench.workflow.restore(await bench.version("1.0.0"), [])).rejects.toMatchObject({
      code: "E_PLUGIN_NO_PREVIOUS",
    });
  });
});

test("what never reached the broker is dropped, and the version that is back makes its own", async () => {
  const bench = await Bench.start(versions);
  await bench.swap("2.0.0");
  bench.away = true;
  for (let i = 1; i <= 4; i++) await bench.send("in/add", i); // the first is tried, the others wait behind it
  await bench.restore();
  bench.away = false;
  await bench.advance(2_000);
  expect(bench.said("out/total")[0]).toBe("1");
  const model = await alone(async (one) => {
    for (let i = 1; i <= 4; i++) await one.send("in/add", i);
  });
  expect(bench.said("out/total").slice(-3)).toEqual(model.bench.said("out/total").slice(-3));
  expect(bench.said("out/heard")).toEqual(["1", "2", "3", "4"]);
});

test("retained: a topic that was led astray is put right", async () => {
  const bench = await Bench.start(versions);
  await bench.swap("2.0.0");
  for (const state of ["dim", "on", "dim"]) await bench.send("in/lamp", state);
  await bench.restore();
  await bench.workflow.idle();
  expect(bench.said("out/lamp")).toEqual(["dim", "off", "dim", "on", "dim"]);
});

test.each([
  ["a rollback", (bench: Bench) => bench.swap("2.0.0"), (bench: Bench) => bench.restore()],
  ["a restart", async () => {}, (bench: Bench) => bench.crash()],
  ["another version", async () => {}, (bench: Bench) => bench.swap("1.0.1")],
] as const)("a period that the clock was set past is not made up for with %s", async (_, before, after) => {
  const same = await buildKeepers(FIRST, { ...FIRST, version: "1.0.1" }, OTHER);
  const live = async (first: (bench: Bench) => Promise<unknown>, second: (bench: Bench) => Promise<unknown>) => {
    const bench = await Bench.start(same);
    await bench.advance(61_000);
    await first(bench);
    bench.jump(65_000);
    await bench.workflow.idle();
    await second(bench);
    await bench.send("in/add", 1);
    await bench.advance(20_000);
    return (await bench.known()).state;
  };
  expect(await live(before, after)).toEqual(
    await live(
      async () => {},
      async () => {},
    ),
  );
});
