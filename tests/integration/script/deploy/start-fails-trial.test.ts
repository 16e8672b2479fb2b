import { beforeAll, expect, test } from "vitest";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { variant } from "../support.ts";
import { atWork, buildCounters, startCounting } from "./counters.ts";
import { forgetfulEngine } from "./forgetful-engine.ts";
import { GATE, onProbation } from "./on-probation.ts";

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
});

test("the inputs of a trial that were still to be handled come after those that are handled again", async () => {
  const { device, journal, engine } = await onProbation(counters);
  const trial = variant(counters.good, { version: "3.0.0" });
  expect(await device.take(trial, { canary: 99 })).toMatchObject({ step: "canary", outcome: "running" });
  await device.send("in/add", 5);
  await device.idle();
  expect(device.said("out/count")).toEqual(["17"]);
  // The trial is over, which is on disk, and 2.0.0 handles nothing of it any more.
  const commit = journal.commit.bind(journal);
  journal.commit = (ops) =>
    ops.some(([statement]) => statement === "rerun.next") ? Promise.reject(new StepppsError("E_STORE_FULL")) : commit(ops);
  void device.deploys.rollback("counter").catch(() => {});
  while ((await journal.read("rerun.one", "counter")).length === 0) await new Promise((resolve) => setImmediate(resolve));
  const stopped = device.stop();
  await stopped;
  journal.commit = commit;
  expect(await journal.read("rerun.one", "counter")).toMatchObject([{ source: "counter@canary" }]);
  engine.refuses.push(counters.other.wasm);
  await device.boot();
  await device.idle();
  expect(atWork(device)).toBe("1.0.0");
  expect(await journal.read("rerun.one", "counter")).toEqual([]);
  await device.send("in/add", 1);
  await device.idle();
  // 10, then 1 for 2.0.0, 5 for the trial, and 1 now.
  expect(device.said("out/count").at(-1)).toBe("17");
  expect(await journal.read("trial.all")).toEqual([]);
});

test("a trial of a version that can't be started again is over: its inputs are handled by the version at work, and its deploy says why", async () => {
  const engine = forgetfulEngine();
  const device = await startCounting(counters.first, { gate: GATE, engine });
  await device.take(counters.other, { canary: 99 });
  await device.send("in/add", 5);
  await device.idle();
  await device.stop();
  engine.refuses.push(counters.other.wasm);
  await device.boot();
  await device.idle();
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "refused", error: { code: "E_GUEST_INVALID" } });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("16");
  expect(await device.journal.read("trial.all")).toEqual([]);
});

test("so is one whose envelope is damaged", async () => {
  const device = await startCounting(counters.first, { gate: GATE });
  await device.take(counters.other, { canary: 99 });
  await device.send("in/add", 5);
  await device.idle();
  await device.stop();
  const [open] = await device.journal.read("deploy.open");
  await device.journal.commit([["deploy.keep", open?.number ?? 0, Uint8Array.of(1, 2, 3)]]);
  await device.boot();
  await device.idle();
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "refused", error: { code: "E_ENVELOPE_FORMAT" } });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("16");
});

test("a plugin whose only version is damaged takes another, if a person lets it have what it asks for", async () => {
  const device = await startCounting(counters.first, { gate: GATE });
  await device.stop();
  const [row] = await device.journal.read("version.one", "counter", "1.0.0");
  await device.journal.commit([["version.add", "counter", "1.0.0", row?.id ?? "", row?.time ?? 0, Uint8Array.of(1)]]);
  await device.boot();
  await device.idle();
  expect(device.host.find("counter")).toBeUndefined();
  const { id, outcome, asks } = await device.take(counters.good);
  expect(outcome).toBe("waiting");
  expect(asks).toContain("publish to out/+");
  expect(await device.deploys.approve(id)).toMatchObject({ version: "2.0.0", outcome: "done" });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("11");
});
