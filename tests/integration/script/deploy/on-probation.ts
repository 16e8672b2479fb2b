import { expect } from "vitest";
import { FaultyJournal } from "../faulty-journal.ts";
import { type buildCounters, startCounting } from "./counters.ts";
import { forgetfulEngine } from "./forgetful-engine.ts";

export const GATE = 60_000;

/** A device whose version 2.0.0 is on probation, counts double and has handled an input: 12, where the first would say 11. */
export async function onProbation(counters: Awaited<ReturnType<typeof buildCounters>>) {
  const journal = await FaultyJournal.open();
  const engine = forgetfulEngine();
  const device = await startCounting(counters.first, { gate: GATE, journal, engine });
  expect(await device.take(counters.other)).toMatchObject({ outcome: "probation" });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count")).toEqual(["12"]);
  return { device, journal, engine };
}
