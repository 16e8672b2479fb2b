import { beforeAll, describe, expect, test } from "vitest";
import type { FaultPoint } from "../../../../runtime/contract/index.ts";
import { generateKeys } from "../../../../runtime/trust/index.ts";
import { FaultyJournal } from "../faulty-journal.ts";
import { type Device, fragileEngine, variant } from "../support.ts";
import { atWork, buildCounters, startCounting } from "./counters.ts";

const GATE = 60_000;

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
});

const start = (options: Parameters<typeof Device.start>[0] = {}) => startCounting(counters.first, { gate: GATE, ...options });

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

  test("a version in place of one that could not be started migrates its state, in one commit with taking over", async () => {
    const engine = fragileEngine();
    const device = await start({ engine });
    engine.broken = true;
    await device.restart();
    engine.broken = false;
    expect(device.host.find("counter")).toBeUndefined();
    expect(await device.take(counters.unmigrated)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_MIGRATION" } });
    expect(await device.take(counters.migrating)).toMatchObject({ outcome: "done" });
    await device.send("in/add", 1);
    await device.restart();
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["111", "112"]);
  });

  test("a plugin that was removed comes back with a newer version, or when a person says so; not by its old envelope", async () => {
    const device = await start();
    const old = device.seal(counters.first);
    await device.deploys.remove("counter");
    await device.restart();
    const report = await device.deploys.take(old);
    expect(report).toMatchObject({ outcome: "waiting", asks: ["come back after it was removed"] });
    expect(atWork(device)).toBeUndefined();
    expect(await device.deploys.approve(report.id)).toMatchObject({ outcome: "done" });
    expect(atWork(device)).toBe("1.0.0");

    await device.deploys.remove("counter");
    expect(await device.take(counters.good)).toMatchObject({ version: "2.0.0", outcome: "done" });
    await device.deploys.remove("counter");
    expect(await device.take(counters.good)).toMatchObject({ outcome: "waiting" });
    expect(await device.deploys.refuse(device.reports.at(-1)?.id ?? "")).toMatchObject({ outcome: "refused" });
    expect(await device.take(counters.good)).toMatchObject({ outcome: "waiting" });
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

  test("a plugin that has inputs to handle again first holds up its own deploys, and nobody else's", async () => {
    const journal = await FaultyJournal.open();
    const device = await start({ journal });
    await device.take(counters.good);
    await device.send("in/add", 1);
    journal.unreadable = "batch.range";
    await device.deploys.rollback("counter");
    const over: (string | undefined)[] = [];
    const own = ["2.0.1", "2.0.2"].map((version) =>
      device.take(variant(counters.good, { version })).then((report) => over.push(report.version)),
    );
    expect(await device.take(variant(counters.first, { name: "other" }))).toMatchObject({ outcome: "done" });
    expect(await device.take(variant(counters.first, { name: "third" }))).toMatchObject({ outcome: "done" });
    expect(over).toEqual([]);
    journal.unreadable = undefined;
    device.clock.advance(1_000);
    await Promise.all(own);
    expect(over).toEqual(["2.0.1", "2.0.2"]);
    expect(atWork(device)).toBe("2.0.2");
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
