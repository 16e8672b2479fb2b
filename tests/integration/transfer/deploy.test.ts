import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type Compiler, createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import { startSupervisor } from "../../../runtime/boot/index.ts";
import { type Deployed, type DeployPorts, type DeployRequest, deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { trustOwner } from "../../../runtime/cli/device/owners.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { artefactId } from "../../../runtime/transfer/index.ts";
import { generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { temporaryFolder } from "../mqtt/support.ts";
import { proxy } from "./support.ts";

const KEYS = generateKeys();

let compiler: Compiler;
beforeAll(async () => {
  compiler = await createCompiler();
});

/** A plugin of a usual size: some 20 KB of WebAssembly. */
async function thermostat(
  version: string,
  line = `publish("heat/" + room, out, QOS1);`,
  publishes = '"heat/#"',
): Promise<Uint8Array> {
  const source = `
import { Duration, duration, JsonWriter, log, Message, on, publish, publishes, config, QOS1, RETAIN, SenML, startTimer, state, StateMap, timer, workflow } from "steppps";
class Window { count: i32 = 0; sum: f64 = 0; low: f64 = 0; high: f64 = 0; }
@publishes(${publishes}) @workflow({ version: "${version}" }) class Thermostat {
  @config target: f64 = 20.5;
  @config quiet: Duration = duration("2m");
  @state windows: StateMap<string, Window> = new StateMap();
  @state heating: StateMap<string, bool> = new StateMap();
  @on("rooms/+/temperature") temperature(message: Message): void {
    const room = message.level(1);
    const value = message.json().f64("value");
    const window = this.windows.getOr(room, new Window());
    window.count++;
    window.sum += value;
    window.low = Math.min(window.low, value);
    window.high = Math.max(window.high, value);
    this.windows.set(room, window);
    const on = value < this.target;
    if (on == this.heating.getOr(room, false)) return;
    this.heating.set(room, on);
    const out = new JsonWriter().set("on", on).set("mean", window.sum / window.count).set("room", room);
    ${line}
    startTimer(\`off/\${room}\`, this.quiet);
  }
  @timer("off/+") off(message: Message): void { this.heating.set(message.level(1), false); log.info("off " + message.level(1)); }
}`;
  const built = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  return signPackage({ type: "plugin", manifest: built.manifest, wasm: built.wasm }, KEYS);
}

/** A device that trusts KEYS, with a counting proxy in front of its broker. */
async function startHome(document = "") {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "steppps.yaml"), document);
  trustOwner(folder, KEYS.public);
  const supervisor = await startSupervisor({
    dataPath: folder,
    version: "0.0.0",
    clock: systemClock(),
    engine: "wasmtime",
    faultSpec: undefined,
    mqttPort: 0,
    webPort: false,
    readings: false,
    broken(error) {
      throw error;
    },
  });
  onTestFinished(() => supervisor.close());
  const port = Number(new URL(supervisor.mqttUrl).port);
  const sent = new SentEnvelopes(join(folder, "sent"));
  const deploy = async (envelope: Uint8Array, request: Partial<DeployRequest> = {}, ports: Partial<DeployPorts> = {}) => {
    const counted = await proxy(port);
    const reports: DeployReport[] = [];
    const deployed: Deployed = await deployEnvelope(
      { envelope, options: {}, wait: false, approve: false, ...request },
      {
        address: { broker: `mqtt://127.0.0.1:${counted.port}`, device: "edge", timeout: 20_000 },
        sent,
        onReport: (report) => reports.push(report),
        onProgress() {},
        ...ports,
      },
    );
    return { ...deployed, bytes: counted.bytes(), reports };
  };
  return { supervisor, deploy, sent };
}

test("a plugin over MQTT: bytes on the wire, first and with one line changed", async () => {
  const { deploy } = await startHome();
  const first = await thermostat("1.0.0");
  expect(first.length).toBeGreaterThan(20_000);
  const one = await deploy(first);
  expect(one.report).toMatchObject({ ok: true, plugin: "thermostat", version: "1.0.0" });
  expect(one.bytes).toBeLessThanOrEqual(first.length + 4096);

  const second = await thermostat("1.0.1", `publish("heat/" + room + "/set", out, QOS1 | RETAIN);`);
  const two = await deploy(second);
  expect(two.bytes).toBeLessThanOrEqual(one.bytes * 0.4);
});

test("without what was sent before, the chunks in common are left out", async () => {
  const { deploy } = await startHome();
  const first = await thermostat("1.0.0");
  await deploy(first);
  const none = new SentEnvelopes(join(temporaryFolder(), "none"));
  const again = await deploy(await thermostat("1.0.1"), {}, { sent: none });
  expect(again.transfer.sentChunks).toBeLessThan(again.transfer.chunks / 2);
  expect(again.bytes).toBeLessThan(first.length * 0.6);
});

test("what is at work already is known, whoever signs it again", async () => {
  const { deploy } = await startHome();
  await deploy(await thermostat("1.0.0"));
  const again = await thermostat("1.0.0");
  expect((await deploy(again)).report).toMatchObject({ outcome: "done", step: "verify" });
});

test("a refusal is the sender's error", async () => {
  const { deploy } = await startHome();
  await deploy(await thermostat("1.0.1"));
  await expect(deploy(await thermostat("1.0.0"))).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
  const stranger = (await thermostat("1.0.2")).slice();
  stranger[stranger.length - 5] = (stranger[stranger.length - 5] as number) ^ 1;
  await expect(deploy(stranger)).rejects.toMatchObject({ code: "E_ENVELOPE_SIGNATURE" });
});

test("what asks for more waits, and goes on when it is approved", async () => {
  const { deploy } = await startHome();
  await deploy(await thermostat("1.0.0"));
  const greedy = await thermostat("1.0.1", undefined, '"heat/#", "doors/#"');
  const { report } = await deploy(greedy);
  expect(report).toMatchObject({ outcome: "waiting", id: artefactId(greedy) });
  expect(report.asks?.join()).toContain("doors/");
  const approved = await deploy(greedy, { approve: true });
  expect(approved.report).toMatchObject({ ok: true, version: "1.0.1" });
});

test("--wait ends when the gate has decided, and the reports on the way are told", async () => {
  const { deploy } = await startHome("deploys:\n  gateSeconds: 1\n");
  await deploy(await thermostat("1.0.0"));
  const { report, reports } = await deploy(await thermostat("1.0.1"), { wait: true });
  expect(report).toMatchObject({ outcome: "done", version: "1.0.1", from: "1.0.0" });
  expect(reports.map(({ outcome }) => outcome)).toContain("probation");
});

test("a canary is asked for with the artefact", async () => {
  const { deploy } = await startHome("deploys:\n  gateSeconds: 1\n");
  await deploy(await thermostat("1.0.0"));
  const { report, reports } = await deploy(await thermostat("1.0.1"), { wait: true, options: { canary: 10 } });
  expect([...reports, report].map(({ step }) => step)).toContain("canary");
  expect(report).toMatchObject({ outcome: "done", version: "1.0.1" });
});
