import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, test, vi } from "vitest";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import type { Built } from "../script/guests.ts";
import { type Act, gateSeconds, POINTS } from "./acts.ts";
import { Broker } from "./broker.ts";
import { buildTally, endOf, until, World } from "./world.ts";

vi.setConfig({ maxConcurrency: 8, testTimeout: 120_000 });

let tally: Built;
beforeAll(async () => {
  tally = await buildTally();
}, 120_000);

/** A machine that is busy may make a good version wait. */
const GOOD = /^(done|rolled-back E_GATE_(LAG|SLOW))$/;
/** How the last deploy may end. */
const ENDS: Readonly<Record<Act, RegExp>> = {
  messages: /^done$/,
  "a timer": /^done$/,
  "new metadata": /^done$/,
  "a good version": GOOD,
  "a good one on trial": GOOD,
  "a bad one": /^rolled-back E_GATE_[A-Z]+$/,
  "a bad one on trial": /^rolled-back E_GATE_[A-Z]+$/,
  "one that can't be started again": /^rolled-back E_GATE_START$/,
  "one that is approved": GOOD,
  "one that the document names": GOOD,
};

const PLACES = [
  ["a device at a broker elsewhere", "external"],
  ["a device with an uplink", "uplink"],
] as const;

describe.concurrent.each(PLACES)("%s: the broker goes and comes back", (_, kind) => {
  test.for(POINTS)("at %s: %s", async ([point, act], { expect }) => {
    await using broker = await Broker.open();
    await using world = await World.open({ tally, place: { kind, port: broker.port }, gateSeconds: gateSeconds(act) });
    world.device.at(point, () => broker.leave());
    world.act(act);
    await until(() => world.device.happened, `${point} is passed`);
    await sleep(300);
    await broker.start();
    const deploys = await world.deploys();
    await world.judge();
    const [last] = deploys as [DeployReport];
    expect(endOf(last)).toMatch(ENDS[act]);
    expect(world.version).toBe(deploys.find(({ outcome }) => outcome === "done")?.version);
    await until(() => world.heard.has(`${last.version} ${endOf(last)}`), "its owner hears how it ended");
  });
});
