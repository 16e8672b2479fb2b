import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_WASMTIME, type SandboxEngine, wasmtimeEngine } from "../../../../runtime/script/index.ts";
import { Device, variant } from "../support.ts";
import { buildCounters, type CounterName } from "./counters.ts";

const GATE = 5_000;
const DEPLOYS = 60;

let counters: Awaited<ReturnType<typeof buildCounters>>;
let engine: SandboxEngine;
beforeAll(async () => {
  counters = await buildCounters();
  engine = wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 32 });
});
afterAll(() => engine.close());

/** How each ends; one that another comes after before its gate is over has not been proven good or bad. */
const ENDS: Readonly<Partial<Record<CounterName, RegExp>>> = {
  good: /^(done|refused E_DEPLOY_SUPERSEDED)$/,
  trapping: /^refused E_DEPLOY_SHADOW$/,
  stumbling: /^(rolled-back E_GATE_FAILURES|refused E_DEPLOY_SHADOW)$/,
  reaching: /^(rolled-back E_GATE_DENIED|refused E_DEPLOY_SHADOW)$/,
  slow: /^refused E_DEPLOY_(SLOW|SHADOW)$/, // on a busy machine it is over its deadline
  leaking: /^(refused E_DEPLOY_(SHADOW|SLOW|SUPERSEDED)|rolled-back E_GATE_(MEMORY|FAILURES))$/,
  unmigrated: /^refused E_DEPLOY_MIGRATION$/,
  asking: /^(waiting|refused E_DEPLOY_SUPERSEDED)$/,
};
/** What makes a version fail that has taken over. */
const POISON: Readonly<Partial<Record<CounterName, number>>> = { stumbling: 13, reaching: 14 };
const KINDS = Object.keys(ENDS) as CounterName[];

test("versions of all kinds while inputs come: each bad one ends with its reason, and each input counts once", async () => {
  const device = await Device.start({ gate: GATE, engine });
  await device.deploy(counters.first);
  let sum = 0;
  let seed = 7;
  const random = (below: number) => {
    // xorshift32
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
  const traffic = (count: number) =>
    Array.from({ length: count }, () => {
      const value = random(10);
      sum += value;
      return device.send("in/add", value);
    });
  await Promise.all(traffic(120));
  const kinds = new Map<string, CounterName>();
  for (let i = 0; i < DEPLOYS; i++) {
    const kind = KINDS[random(KINDS.length)] as CounterName;
    const version = `2.0.${i}`;
    kinds.set(version, kind);
    const sent = traffic(10);
    const taken = device.take(variant(counters[kind], { version }));
    sent.push(...traffic(30));
    await Promise.all(sent);
    const { outcome } = await taken;
    const poison = outcome === "probation" ? POISON[kind] : undefined;
    if (poison !== undefined) {
      const bad = [1, 2, 3].map(() => device.send("in/add", poison));
      sum += 3 * poison;
      await device.advance(1_000);
      await Promise.all(bad);
    }
    if (kind === "leaking" && outcome === "probation") {
      for (let part = 0; part < 5; part++) {
        const some = traffic(20);
        await device.advance(200);
        await Promise.all(some);
      }
    }
    const after = traffic(20);
    await device.advance([100, 2_000, 2 * GATE][random(3)] as number);
    await Promise.all(after);
    if (i % 13 === 12) await device.crash();
  }
  await device.advance(10 * GATE);
  await device.advance(60_000);
  for (const [version, kind] of kinds) {
    const last = device.reports.filter((report) => report.version === version).at(-1);
    const end = [last?.outcome, last?.error?.code].filter(Boolean).join(" ");
    expect(`${kind}: ${end}`).toMatch(new RegExp(`^${kind}: ${(ENDS[kind] as RegExp).source.slice(1)}`));
  }
  // Nothing is stuck: what is open waits for a person.
  expect((await device.journal.read("deploy.open")).filter(({ outcome }) => outcome !== "waiting")).toEqual([]);
  await device.send("in/add", 0);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe(String(sum));
  expect(await device.journal.read("dead.all", "counter", 10)).toEqual([]);
  expect(await device.journal.read("pending.all", "counter")).toEqual([]);
});
