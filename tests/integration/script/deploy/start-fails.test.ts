import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type PluginSettings, StepppsError } from "../../../../runtime/contract/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { type Built, buildSources } from "../guests.ts";
import { Device, variant } from "../support.ts";
import { atWork, buildCounters, startCounting } from "./counters.ts";
import { forgetfulEngine } from "./forgetful-engine.ts";
import { GATE, onProbation } from "./on-probation.ts";

const MORTAL = fileURLToPath(new URL("mortal.ts", import.meta.url));

let counters: Awaited<ReturnType<typeof buildCounters>>;
beforeAll(async () => {
  counters = await buildCounters();
});

async function damageEnvelope({ journal }: Device): Promise<void> {
  const [row] = await journal.read("version.one", "counter", "2.0.0");
  const { id, time, envelope } = row as { id: string; time: number; envelope: Uint8Array };
  await journal.commit([["version.add", "counter", "2.0.0", id, time, envelope.slice(0, envelope.length >> 1)]]);
}

/** The state of before is at work again, with what came since; and nobody has to know of the other one. */
async function expectTakenBack(device: Device, counts = ["11", "12"]): Promise<void> {
  expect(atWork(device)).toBe("1.0.0");
  expect(device.reports.at(-1)).toMatchObject({
    version: "2.0.0",
    from: "1.0.0",
    step: "gate",
    outcome: "rolled-back",
    error: { code: "E_GATE_START" },
  });
  expect(device.events).toContainEqual(expect.objectContaining({ kind: "plugin.rolled-back", code: "E_GATE_START" }));
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count")).toEqual(counts);
  expect(await device.journal.read("probation.head", "counter")).toEqual([]);
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0", health: "healthy" });
}

const WAYS: readonly [string, (device: Device, engine: ReturnType<typeof forgetfulEngine>) => Promise<void>, RegExp][] = [
  ["its envelope is damaged on the disk", damageEnvelope, /E_(ENVELOPE|PACKAGE|CBOR)/],
  ["the engine refuses its code", async (_, engine) => void engine.refuses.push(counters.other.wasm), /E_GUEST_INVALID/],
  [
    "it refuses the state that it left",
    ({ journal }) => journal.commit([["state.set", "counter", "count", Uint8Array.of(0xff, 0xff)]]),
    /E_GUEST_[A-Z]+: .*its state/,
  ],
];

describe.each(WAYS)("a version on probation that can't be started again: %s", (_, damage, why) => {
  test("the version before comes back with its state, and handles what came since", async () => {
    const { device, engine } = await onProbation(counters);
    await device.stop();
    await damage(device, engine);
    await device.boot();
    await device.idle();
    await expectTakenBack(device);
    expect(device.reports.at(-1)?.error?.detail).toMatch(why);
  });

  test("it is not taken again by itself, not over another restart either; a person may try", async () => {
    const { device, engine } = await onProbation(counters);
    const { id } = device.reports.at(-1) ?? {};
    await device.stop();
    await damage(device, engine);
    await device.boot();
    await device.restart();
    await expectTakenBack(device);
    expect(await device.take(counters.other)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_REJECTED" } });
    expect(atWork(device)).toBe("1.0.0");
    expect(device.reports.filter(({ outcome }) => outcome === "rolled-back")).toHaveLength(1);
    engine.refuses.length = 0;
    if (why.test("E_GUEST_INVALID"))
      expect(await device.deploys.approve(id ?? "")).toMatchObject({ version: "2.0.0", outcome: "probation" });
  });

  test("a full disk meanwhile: it is done when there is room, and messages wait for it with their senders", async () => {
    const { device, journal, engine } = await onProbation(counters);
    await device.stop();
    await damage(device, engine);
    const commit = journal.commit.bind(journal);
    let full = true;
    journal.commit = (ops) =>
      full && ops.some(([statement]) => statement === "plugin.revert")
        ? Promise.reject(new StepppsError("E_STORE_FULL"))
        : commit(ops);
    await device.boot();
    let taken = false;
    const sent = device.send("in/add", 1).then(() => {
      taken = true;
    });
    await device.advance(3_000);
    expect(taken).toBe(false);
    expect(device.host.find("counter")).toBeUndefined();
    expect(await journal.read("probation.head", "counter")).toHaveLength(1);
    expect(device.reports.at(-1)).toMatchObject({ outcome: "probation" });
    expect(device.kinds()).toContain("supervisor.trouble");
    full = false;
    await device.advance(2_000);
    await sent;
    await expectTakenBack(device, ["11", "12", "13"]);
  });
});

test.each(["rollback:at-start", "rollback:before-restore", "rollback:after-restore", "rerun:between"])(
  "the process is killed at %s while a version that can't be started is taken back: the next one goes on with it",
  async (where) => {
    using folder = tempFolder("mortal");
    const live = async (step: string, fault?: string) => {
      const env = { ...process.env, ...(fault !== undefined && { STEPPPS_FAULT: fault }) };
      const child = spawn(process.execPath, [MORTAL, folder.path, step], { env, stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      child.stdout.on("data", (text) => {
        said += text;
      });
      const [code, signal] = await once(child, "close");
      return { code, signal, said };
    };
    expect(await live("begin")).toMatchObject({ code: 0 });
    expect(await live("damaged", `${where}:kill`)).toMatchObject({ signal: "SIGKILL" });
    const { code, said } = await live("damaged");
    expect(code).toBe(0);
    expect(JSON.parse(said)).toEqual({
      atWork: "1.0.0",
      deploys: ["2.0.0 rolled-back E_GATE_START", "1.0.0 done"],
      count: "14",
      left: 0,
    });
  },
);

test("a full disk meanwhile, and another version that comes: messages that waited are that one's", async () => {
  const { device, journal, engine } = await onProbation(counters);
  await device.stop();
  engine.refuses.push(counters.other.wasm);
  const commit = journal.commit.bind(journal);
  journal.commit = (ops) =>
    ops.some(([statement]) => statement === "plugin.revert") ? Promise.reject(new StepppsError("E_STORE_FULL")) : commit(ops);
  await device.boot();
  const sent = device.send("in/add", 1);
  const refused = expect(sent).rejects.toMatchObject({ code: "E_PLUGIN_CLOSED" });
  expect(await device.take(variant(counters.good, { version: "3.0.0" }))).toMatchObject({ outcome: "done" });
  // Whoever is told so sends it again.
  await refused;
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count")).toEqual(["13"]);
  expect(device.reports.find(({ outcome, version }) => version === "2.0.0" && outcome === "refused")).toMatchObject({
    error: { code: "E_DEPLOY_SUPERSEDED" },
  });
});

test("neither the version on probation nor the one before can be started: all of it stays, and a new version goes on with it", async () => {
  const { device, engine } = await onProbation(counters);
  await device.stop();
  engine.refuses.push(counters.other.wasm, counters.first.wasm);
  await device.boot();
  await device.idle();
  expect(device.host.find("counter")).toBeUndefined();
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "refused", error: { code: "E_DEPLOY_INTERRUPTED" } });
  expect(device.reports.at(-1)?.error?.detail).toMatch(/1\.0\.0, in place of 2\.0\.0/);
  expect(await device.take(variant(counters.migrating, { version: "3.0.0" }))).toMatchObject({ outcome: "done" });
  await device.send("in/add", 1);
  await device.idle();
  // 12, to which its migration adds 100.
  expect(device.said("out/count")).toEqual(["113"]);
});

test("one that took the place of another on probation: the last that passed comes back", async () => {
  const { device, engine } = await onProbation(counters);
  const third = variant(counters.migrating, { version: "3.0.0" });
  expect(await device.take(third)).toMatchObject({ version: "3.0.0", outcome: "probation" });
  await device.send("in/add", 1);
  await device.stop();
  engine.refuses.push(third.wasm);
  await device.boot();
  await device.idle();
  expect(atWork(device)).toBe("1.0.0");
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").slice(-3)).toEqual(["11", "12", "13"]);
  expect(device.reports.at(-1)).toMatchObject({ version: "3.0.0", outcome: "rolled-back" });
});

test("settings with which a version can't be started again are taken back, and the version stays", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const [greeter] = (await buildSources(`
import { config, Message, on, publish, publishes, QOS1, state, workflow } from "steppps";

@workflow({ version: "1.0.0" })
@publishes("out/+")
class Greeter {
  @config word: string = "hello";
  @state count: i32 = 0;

  @on("in/greet")
  greet(message: Message): void {
    this.count++;
    publish("out/hall", this.word + " " + this.count.toString(), QOS1);
  }
}
`)) as [Built];
  const device = await Device.start({ gate: GATE, settings: (name) => plugins[name] });
  await device.deploy(greeter);
  await device.send("in/greet");
  await device.idle();
  plugins.greeter = { config: { word: "welcome" } };
  const read = () => Promise.reject(new Error("no packages"));
  await device.deploys.reconcile(plugins, read);
  await device.send("in/greet");
  await device.idle();
  expect(device.said("out/hall")).toEqual(["hello 1", "welcome 2"]);
  await device.stop();
  await device.journal.commit([["config.set", "greeter", JSON.stringify({ word: 7 }), null]]);
  await device.boot();
  await device.idle();
  expect(device.reports.at(-1)).toMatchObject({ version: "1.0.0", outcome: "rolled-back", error: { code: "E_GATE_START" } });
  await device.send("in/greet");
  await device.idle();
  expect(device.said("out/hall")).toEqual(["hello 2", "hello 3"]);
});

test("one that keeps nothing in the journal: the version before it begins anew", async () => {
  const memory = (built: Built) => variant(built, { durability: "memory" });
  const engine = forgetfulEngine();
  const device = await startCounting(memory(counters.first), { gate: GATE, engine });
  expect(await device.take(memory(counters.other))).toMatchObject({ outcome: "probation" });
  await device.stop();
  engine.refuses.push(counters.other.wasm);
  await device.boot();
  await device.idle();
  expect(atWork(device)).toBe("1.0.0");
  expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_START" } });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("1");
});

test("a fault of the supervisor's own is not the version's: it stays on probation", async () => {
  const { device, engine } = await onProbation(counters);
  await device.stop();
  const compile = engine.compile.bind(engine);
  let faults = 1;
  engine.compile = (wasm) => (faults-- > 0 ? Promise.reject(new TypeError("ops is not iterable")) : compile(wasm));
  await device.boot();
  await device.idle();
  expect(device.events).toContainEqual(expect.objectContaining({ kind: "plugin.refused", code: "E_DEPLOY_BROKEN" }));
  expect(atWork(device)).toBe("2.0.0");
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "probation" });
  await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count")).toEqual(["14"]);
  await device.advance(2 * GATE);
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "done" });
});
