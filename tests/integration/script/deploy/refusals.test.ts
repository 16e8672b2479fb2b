import { beforeAll, describe, expect, test } from "vitest";
import type { FaultPoint } from "../../../../runtime/contract/index.ts";
import { generateKeys } from "../../../../runtime/trust/index.ts";
import { Device, variant } from "../support.ts";
import { buildCounters } from "./counters.ts";

const GATE = 60_000;

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
}, 120_000);

/** With the first version at work, and ten inputs behind it. */
async function start(options: Parameters<typeof Device.start>[0] = {}): Promise<Device> {
  const device = await Device.start({ gate: GATE, ...options });
  await device.deploy(counters.first);
  for (let i = 0; i < 10; i++) await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("10");
  return device;
}

const atWork = (device: Device) => device.host.status()[0]?.version;

describe("bad input", () => {
  test("an old version is refused: what was signed once is not right for ever", async () => {
    const device = await start();
    const old = device.seal(counters.first);
    await device.deploy(counters.good);
    await device.advance(GATE + 5_000);
    expect(await device.deploys.take(old)).toMatchObject({
      outcome: "refused",
      step: "verify",
      error: { code: "E_TRUST_DOWNGRADE" },
    });
    expect(atWork(device)).toBe("2.0.0");
  });

  test("a migration that traps changes nothing", async () => {
    const device = await start();
    const report = await device.take(counters.unmigrated);
    expect(report).toMatchObject({ outcome: "refused", step: "migrate", error: { code: "E_DEPLOY_MIGRATION" } });
    await device.send("in/add", 1);
    await device.restart();
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["11", "12"]);
  });

  test("a migration is applied once, and taken back with its version", async () => {
    const device = await start();
    expect(await device.take(counters.migrating)).toMatchObject({ outcome: "probation" });
    await device.send("in/add", 1);
    await device.restart();
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["111", "112"]);
    await device.deploys.rollback("counter");
    await device.idle();
    expect(device.said("out/count")).toEqual(["11", "12"]);
  });

  test("a key that is taken away in the middle of a deploy signs no more", async () => {
    const points: FaultPoint[] = [];
    const faults = {
      pass(point: FaultPoint) {
        points.push(point);
        if (point === "deploy:after-shadow" && points.length > 6) device.owners = [generateKeys().public];
      },
    };
    const device = await start({ faults });
    const report = await device.take(counters.good);
    expect(report).toMatchObject({
      outcome: "refused",
      step: "swap",
      error: { code: expect.stringMatching(/^E_(TRUST|ENVELOPE)_/) },
    });
    expect(atWork(device)).toBe("1.0.0");
    await device.restart();
    expect(atWork(device)).toBe("1.0.0"); // it was authorised when it came
  });

  test("two deployers at once: the same is one deploy, another waits for its turn", async () => {
    const device = await start();
    const envelope = device.seal(counters.good);
    const next = device.seal(variant(counters.good, { version: "2.0.1" }));
    const reports = await Promise.all([device.deploys.take(envelope), device.deploys.take(envelope), device.deploys.take(next)]);
    expect(reports.map(({ version, outcome }) => `${version} ${outcome}`)).toEqual([
      "2.0.0 probation",
      "2.0.0 probation",
      "2.0.1 probation",
    ]);
    expect(atWork(device)).toBe("2.0.1");
  });

  test("more than may wait is refused", async () => {
    const device = await start();
    const many = Array.from({ length: 80 }, (_, i) => device.take(variant(counters.good, { version: `2.0.${i}` })));
    const codes = (await Promise.all(many)).map(({ error }) => error?.code);
    expect(codes.filter((code) => code === "E_DEPLOY_BUSY").length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === undefined).length).toBeGreaterThan(60);
  });

  test("another version before the gate has passed: a rollback goes to the last one that passed", async () => {
    const device = await start();
    await device.take(counters.good);
    await device.send("in/add", 1);
    await device.take(variant(counters.hostile, { version: "3.0.0" }));
    expect(device.reports.filter(({ version }) => version === "2.0.0").at(-1)).toMatchObject({
      outcome: "refused",
      error: { code: "E_DEPLOY_SUPERSEDED" },
    });
    await device.send("in/add", 1000);
    await device.advance(5_000);
    expect(device.reports.at(-1)).toMatchObject({ version: "3.0.0", outcome: "rolled-back" });
    expect(atWork(device)).toBe("1.0.0");
    await device.advance(GATE);
    expect(device.said("out/count").at(-1)).toBe("1011");
  });
});
