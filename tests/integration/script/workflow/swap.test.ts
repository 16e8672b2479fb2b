import { beforeAll, expect, test } from "vitest";
import { FaultyJournal } from "../faulty-journal.ts";
import type { Built } from "../guests.ts";
import { Bench, SEED } from "./bench.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

let versions: Built[];
beforeAll(async () => {
  versions = await buildKeepers(FIRST, OTHER);
});

const memory = (built: Built): Built => ({ ...built, manifest: { ...built.manifest, durability: "memory" } });
const turn = () => new Promise((resolve) => setImmediate(resolve));
async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}

/** The first input is on its way to the disk, the second waits for it, and the change of version behind both. */
async function queued(of: readonly Built[]) {
  const journal = await FaultyJournal.open();
  const bench = await Bench.start(of, { journal });
  await bench.send("in/add", 1);
  journal.hold();
  const first = bench.send("in/add", 2);
  await until(() => bench.workflow.seq === 2);
  const second = bench.send("in/add", 4, { ops: [["incoming.add", "client", 7]] });
  await until(() => bench.workflow.seq === 3);
  const version = await bench.version("2.0.0");
  let asked = false;
  const swapped = bench.workflow.swap(version, {
    gate: true,
    ops() {
      asked = true;
      return [["plugin.set", "keeper", "2.0.0", "1.0.0", SEED, 0, bench.workflow.seq]];
    },
  });
  swapped.catch(() => {});
  await until(() => asked);
  return { journal, bench, first, second, swapped };
}

test("what the old version did last and the change of version go to the disk in one transaction", async () => {
  const { journal, bench, first, second, swapped } = await queued(versions);
  const before = journal.commits.length;
  journal.release();
  await Promise.all([first, second]);
  expect(await swapped).toMatchObject({ seq: 3 });
  const together = journal.commits.slice(before).filter((ops) => ops.some(([statement]) => statement === "plugin.set"));
  expect(together).toHaveLength(1);
  expect(together[0]?.filter(([statement]) => statement === "batch.add")).toHaveLength(1);
  await bench.send("in/add", 8);
  await bench.crash();
  expect(bench.workflow.version.manifest.version).toBe("2.0.0");
  expect(bench.said("out/heard")).toEqual(["1", "2", "4", "8"]);
});

test.each<[string, (built: Built) => Built]>([
  ["durable", (built) => built],
  ["in memory", memory],
])("%s: a change of version fails with the inputs before it, which the old version handles again, once", async (_, as) => {
  const { journal, bench, first, second, swapped } = await queued(versions.map(as));
  journal.failing = "E_STORE_FULL";
  journal.release();
  await expect(swapped).rejects.toMatchObject({ code: "E_STORE_FULL" });
  await first;
  expect(bench.workflow.version.manifest.version).toBe("1.0.0");
  expect(bench.workflow.probation).toBeUndefined();
  journal.failing = undefined;
  const ticking = setInterval(() => bench.clock.advance(500), 2);
  await second.finally(() => clearInterval(ticking));
  await bench.workflow.idle();
  expect(bench.said("out/heard")).toEqual(["1", "2", "4"]);
  await bench.swap("2.0.0");
  await bench.send("in/add", 8);
  expect(bench.said("out/heard")).toEqual(["1", "2", "4", "8"]);
  const state = await bench.restore();
  expect(state.inputs).toBe(as === memory ? 0 : 1);
});

test("a change of version whose own commit fails costs the old one nothing", async () => {
  const journal = await FaultyJournal.open();
  const bench = await Bench.start(versions, { journal });
  await bench.send("in/add", 1);
  journal.failOnce = "plugin.set";
  await expect(bench.swap("2.0.0")).rejects.toMatchObject({ code: "E_STORE_FULL" });
  await bench.send("in/add", 2);
  expect(bench.said("out/heard")).toEqual(["1", "2"]);
  expect(bench.workflow.report.health).toBe("healthy");
  expect(bench.events).toEqual([]);
});
