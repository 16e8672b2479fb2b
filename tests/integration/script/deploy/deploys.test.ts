import { beforeAll, describe, expect, test } from "vitest";
import type { FaultPoint } from "../../../../runtime/contract/index.ts";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { type Device, variant } from "../support.ts";
import { atWork, buildCounters, startCounting } from "./counters.ts";

const GATE = 60_000;

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
});

const start = (options: Parameters<typeof Device.start>[0] = {}) => startCounting(counters.first, { gate: GATE, ...options });

const outcomes = (device: Device) => device.reports.map(({ version, outcome }) => `${version} ${outcome}`);

describe("a version that does well", () => {
  test("is watched, and stays", async () => {
    const device = await start();
    const report = await device.take(counters.good);
    expect(report).toMatchObject({ outcome: "probation", step: "gate", ok: true, from: "1.0.0", version: "2.0.0" });
    await device.send("in/add", 1);
    await device.advance(GATE + 5_000);
    expect(outcomes(device)).toEqual(["1.0.0 done", "2.0.0 probation", "2.0.0 done"]);
    expect(device.kinds()).toContain("plugin.settled");
    expect(device.host.workflow("counter").probation).toBeUndefined();
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["11", "12"]);
    expect(device.host.status()[0]).toMatchObject({ version: "2.0.0", previousVersion: "1.0.0" });
  });

  test("sent again is at work already; as it was signed, or signed anew", async () => {
    const device = await start();
    const envelope = device.seal(counters.good);
    await device.deploys.take(envelope);
    expect(await device.deploys.take(envelope)).toMatchObject({ outcome: "probation", ok: true });
    expect(await device.take(counters.good)).toMatchObject({ outcome: "probation", ok: true });
    await device.advance(GATE + 5_000);
    expect(await device.take(counters.good)).toMatchObject({ outcome: "done", ok: true });
    expect(await device.journal.read("deploy.last", 100)).toHaveLength(2);
  });

  test("shows what it did otherwise on recorded inputs", async () => {
    const device = await start();
    const { differences = [] } = await device.take(counters.other);
    expect(differences).toEqual(expect.arrayContaining(["  - publish out/count 1 qos 1", "  + publish out/count 2 qos 1"]));
  });

  test.each([
    ["ahead", 1],
    ["back", -1],
  ])("is not taken for slow when the clock is set %s by a year while inputs wait", async (_, sign) => {
    const device = await start();
    for (let i = 0; i < 200; i++) await device.send("in/add", 1);
    await device.take(counters.other);
    for (let i = 0; i < 200; i++) await device.send("in/add", 1);
    const waiting = Promise.all(Array.from({ length: 200 }, () => device.send("in/add", 1)));
    device.clock.jump(device.clock.now() + sign * 31_536_000_000);
    await waiting;
    await device.advance(GATE + 5_000);
    expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "done" });
    expect(device.host.workflow("counter").record.snapshot().lagP99).toBeLessThan(60_000);
  });

  test("keeps its gate over a restart", async () => {
    const device = await start();
    await device.take(counters.good);
    await device.advance(GATE / 2);
    await device.restart();
    expect(device.host.workflow("counter").probation).toBeDefined();
    await device.send("in/add", 1);
    await device.advance(GATE);
    expect(outcomes(device).at(-1)).toBe("2.0.0 done");
  });
});

describe("a version that fails after it took over", () => {
  test("is taken back with its reason, and the inputs since are handled by the one before", async () => {
    const device = await start();
    expect(await device.take(counters.later)).toMatchObject({ outcome: "probation" });
    await device.send("in/add", 990);
    for (let i = 0; i < 5; i++) await device.send("in/add", 1);
    await device.advance(5_000);
    const report = device.reports.at(-1);
    expect(report).toMatchObject({ outcome: "rolled-back", step: "gate", ok: false, error: { code: "E_GATE_FAILURES" } });
    expect(report?.error?.detail).toMatch(/E_GUEST_TRAP within \d+ inputs; before: none within 10/);
    await device.send("in/add", 1);
    await device.advance(60_000);
    expect(atWork(device)).toBe("1.0.0");
    expect(device.said("out/count").at(-1)).toBe("1006");
    expect(device.kinds()).toContain("plugin.rolled-back");
    expect(await device.journal.read("dead.all", "counter", 10)).toEqual([]);
  });

  test("because it does what it may not is taken back at once", async () => {
    const device = await start();
    await device.take(counters.hostile);
    await device.send("in/add", 1000);
    await device.advance(5_000);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_DENIED" } });
    expect(device.said("elsewhere/1010")).toEqual([]);
  });

  test("is not taken again, but if a person says so", async () => {
    const device = await start();
    const { id } = await device.take(counters.hostile);
    await device.send("in/add", 1000);
    await device.advance(5_000);
    expect(await device.take(counters.hostile)).toMatchObject({
      outcome: "refused",
      error: { code: "E_DEPLOY_REJECTED", detail: expect.stringContaining("E_GATE_DENIED") },
    });
    expect(atWork(device)).toBe("1.0.0");
    expect(await device.deploys.approve(id.slice(0, 8))).toMatchObject({
      outcome: "refused",
      error: { code: "E_DEPLOY_SHADOW" },
    });
  });

  test("is taken back when the supervisor ends again and again", async () => {
    const device = await start();
    await device.take(counters.good);
    await device.send("in/add", 1);
    await device.idle();
    for (let i = 0; i < 3; i++) await device.crash();
    expect(atWork(device)).toBe("1.0.0");
    expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_STARTS" } });
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count").at(-1)).toBe("12");
  });
});

describe("a rollback by a person", () => {
  test("while the gate is open brings the state of before back", async () => {
    const device = await start();
    await device.take(counters.other);
    await device.send("in/add", 1); // 12: it counts one more
    await device.idle();
    expect(device.said("out/count")).toEqual(["12"]);
    expect(await device.deploys.rollback("counter")).toEqual({ plugin: "counter", version: "1.0.0" });
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["11", "12"]);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_ROLLBACK" } });
  });

  test("later keeps the state as it is", async () => {
    const device = await start();
    const { id } = await device.take(counters.other);
    await device.send("in/add", 1);
    await device.advance(GATE + 5_000);
    expect(await device.deploys.rollback("counter")).toEqual({ plugin: "counter", version: "1.0.0" });
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["12", "13"]);
    // Whoever has kept the envelope can't undo it
    const again = await device.take(counters.other);
    expect(again).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_REJECTED" } });
    expect(await device.take(counters.first)).toMatchObject({ version: "1.0.0", outcome: "done", ok: true });
    expect(await device.take(variant(counters.first, { version: "1.5.0" }))).toMatchObject({
      error: { code: "E_TRUST_DOWNGRADE" },
    });
    expect(await device.deploys.approve(id)).toMatchObject({ version: "2.0.0", outcome: "probation" });
  });
});

describe("a version that asks for more", () => {
  const asks = ["publish to more/count"];

  test("waits for a person, over a restart, and goes on when it is approved", async () => {
    const device = await start();
    const report = await device.take(counters.asking);
    expect(report).toMatchObject({ outcome: "waiting", step: "approve", ok: false, asks });
    expect(device.events.at(-1)).toMatchObject({
      kind: "deploy.waiting",
      text: expect.stringContaining("publish to more/count"),
    });
    await device.send("in/add", 1);
    await device.restart();
    expect(atWork(device)).toBe("1.0.0");
    expect(await device.take(counters.asking)).toMatchObject({ outcome: "waiting", id: report.id });
    expect(await device.deploys.approve(report.id.slice(0, 4))).toMatchObject({ outcome: "probation", ok: true });
    await device.send("in/add", 1);
    await device.idle();
    expect(device.said("more/count")).toEqual(["x"]);
  });

  test("does not wait longer or less because the clock is set; nor is it lost with a start before that", async () => {
    const device = await start({ approval: 3_600_000 });
    await device.take(counters.asking);
    for (const years of [50, -60]) {
      device.clock.jump(device.clock.now() + years * 31_536_000_000);
      await device.advance(1_200_000);
      expect(device.reports.at(-1)).toMatchObject({ outcome: "waiting" });
    }
    await device.advance(1_300_000);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_EXPIRED" } });

    await device.take(counters.asking);
    device.clock.jump(device.clock.now() + 31_536_000_000);
    await device.restart();
    await device.advance(600_000);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "waiting" });
    await device.advance(400_000);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_EXPIRED" } });
  });

  test("is refused by a person, or when nobody answers in time, or by a newer one", async () => {
    const device = await start({ approval: 3_600_000 });
    const { id } = await device.take(counters.asking);
    expect(await device.deploys.refuse(id)).toMatchObject({
      outcome: "refused",
      error: { code: "E_DEPLOY_REFUSED", detail: asks[0] },
    });
    await expect(device.deploys.approve(id)).rejects.toMatchObject({ code: "E_DEPLOY_UNKNOWN" });

    await device.take(counters.asking);
    await device.advance(3_700_000);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_EXPIRED" } });

    await device.take(counters.asking);
    await device.take(variant(counters.good, { version: "2.1.0" }));
    expect(device.reports.at(-2)).toMatchObject({ version: "2.0.0", outcome: "refused", error: { code: "E_DEPLOY_SUPERSEDED" } });
    expect(atWork(device)).toBe("2.1.0");
    expect(device.host.status()).toHaveLength(1);
  });
});

describe("an end in the middle", () => {
  test.each([
    "deploy:after-verify",
    "deploy:after-approve",
    "deploy:after-compile",
    "deploy:after-migrate",
    "deploy:after-shadow",
  ] as const)("%s: the deploy is refused with its reason, or goes on", async (where) => {
    let armed = false;
    const faults = {
      pass(point: FaultPoint) {
        if (armed && point === where) throw new StepppsError("E_STORE_IO", "as told");
      },
    };
    const device = await start({ faults });
    armed = true;
    const report = await device.take(counters.good);
    expect(report).toMatchObject({ outcome: "refused", ok: false });
    armed = false;
    expect(await device.journal.read("deploy.open")).toEqual([]);
    expect(await device.take(counters.good)).toMatchObject({ outcome: "probation" });
  });

  test("a deploy under way goes on after a restart, and is given up after some", async () => {
    const device = await start();
    const envelope = device.seal(counters.good);
    const [last] = await device.journal.read("deploy.last", 1);
    const text = ["running", "[]", "[]", "{}", null, null] as const;
    const put = async (number: number, starts: number) => {
      const about = [number, "ab".repeat(32), "counter", "2.0.0", "1.0.0", "cd".repeat(32), "sender", "compile"] as const;
      await device.journal.commit([
        ["deploy.put", ...about, ...text, device.clock.now(), 0, starts],
        ["deploy.keep", number, envelope],
      ]);
    };
    await put((last?.number ?? 0) + 1, 2);
    await device.restart();
    await device.idle();
    expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_INTERRUPTED" } });
    expect(atWork(device)).toBe("1.0.0");
    await put((last?.number ?? 0) + 2, 0);
    await device.restart();
    await device.idle();
    expect(device.reports.at(-1)).toMatchObject({ outcome: "probation" });
    expect(atWork(device)).toBe("2.0.0");
  });
});
