import { beforeAll, expect, test } from "vitest";
import type { StatementName } from "../../../../runtime/store/index.ts";
import { FaultyJournal } from "../faulty-journal.ts";
import { atWork, buildCounters, startCounting } from "./counters.ts";

const GATE = 10_000;

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
});

async function start() {
  const journal = await FaultyJournal.open();
  return { device: await startCounting(counters.first, { gate: GATE, journal }), journal };
}

test.each<[string, StatementName]>([
  ["the deploy is put down", "deploy.keep"],
  ["the version takes over", "version.add"],
])("no room when %s: it is refused with that reason, and can be sent again", async (_, statement) => {
  const { device, journal } = await start();
  journal.failOnce = statement;
  expect(await device.take(counters.good)).toMatchObject({ outcome: "refused", error: { code: "E_STORE_FULL" } });
  expect(atWork(device)).toBe("1.0.0");
  expect(await journal.read("deploy.open")).toEqual([]);
  await device.restart();
  await device.send("in/add", 1);
  expect(await device.take(counters.good)).toMatchObject({ outcome: "probation" });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("12");
});

test.each<[string, StatementName, "good" | "stumbling", string]>([
  ["a version is to stay", "probation.delete", "good", "done"],
  ["a version is to be taken back", "plugin.revert", "stumbling", "rolled-back"],
])("no room when %s: it is done when there is room", async (_, statement, kind, outcome) => {
  const { device, journal } = await start();
  await device.take(counters[kind]);
  journal.failOnce = statement;
  const poison = kind === "stumbling" ? 13 : 1;
  const sent = [1, 2, 3].map(() => device.send("in/add", poison));
  await device.advance(GATE + 5_000);
  await Promise.all(sent);
  await device.advance(60_000);
  expect(journal.failOnce).toBeUndefined();
  expect(device.reports.at(-1)).toMatchObject({ outcome });
  expect(device.kinds()).toContain("supervisor.trouble");
  expect(device.said("out/count").at(-1)).toBe(String(10 + 3 * poison));
});
