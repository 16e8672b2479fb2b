import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { connectAsync } from "mqtt";
import { onTestFinished } from "vitest";
import { type Supervisor, startSupervisor } from "../../../runtime/boot/index.ts";
import { connectDevice, type DeviceClient } from "../../../runtime/cli/device/client.ts";
import {
  controlTopic,
  DEFAULT_LIMITS,
  type DeployReport,
  type Manifest,
  type PluginStatus,
} from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { formatPublicKey, generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { wat2wasm } from "../../../runtime/wasmtime/src/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export const owner = generateKeys();

/** A whole device with the real engine, and an owner who talks to it as the command line does. */
export interface Victim {
  readonly supervisor: Supervisor;
  readonly device: DeviceClient;
  readonly dataPath: string;
  /** The code it was refused with, or "ok". */
  deploy(envelope: Uint8Array): Promise<string>;
  plugin(name: string): Promise<PluginStatus | undefined>;
}

/** Ends with the test. */
export async function victim(dataPath = newData(), webPort: number | false = false): Promise<Victim> {
  const supervisor = await startSupervisor({
    dataPath,
    version: "0.0.0",
    clock: systemClock(),
    engine: "wasmtime",
    faultSpec: undefined,
    mqttPort: 0,
    webPort,
    readings: false,
    broken() {},
  });
  await supervisor.settled;
  const device = await connectDevice({ broker: supervisor.mqttUrl, device: supervisor.device, timeout: 30_000 });
  onTestFinished(async () => {
    await device.close();
    await supervisor.close();
  });
  return {
    supervisor,
    device,
    dataPath,
    deploy: (envelope) => deployWhole(supervisor, envelope),
    plugin: async (name) => (await supervisor.view.status()).plugins.find((plugin) => plugin.name === name),
  };
}

/** A whole envelope in one message, without a sender that looks at it first. */
async function deployWhole({ mqttUrl, device }: Supervisor, envelope: Uint8Array): Promise<string> {
  const id = createHash("sha256").update(envelope).digest("hex");
  const client = await connectAsync(mqttUrl, { protocolVersion: 4 });
  try {
    const { promise, resolve } = Promise.withResolvers<string>();
    client.on("message", (_, payload) => {
      const report: DeployReport = JSON.parse(payload.toString());
      if (report.id === id && report.outcome !== "running") resolve(report.ok ? "ok" : (report.error?.code ?? report.outcome));
    });
    await client.subscribeAsync(controlTopic.deployed(device), { qos: 1 });
    await client.publishAsync(controlTopic.deploy(device), Buffer.from(envelope), { qos: 1 });
    return await promise;
  } finally {
    await client.endAsync(true);
  }
}

/** A data directory that trusts `owner`; gone when the test is. */
export function newData(): string {
  const folder = tempFolder("steppps-attack");
  onTestFinished(() => folder[Symbol.dispose]());
  mkdirSync(`${folder.path}/owners`);
  writeFileSync(`${folder.path}/owners/owner.pub`, formatPublicKey(owner.public));
  return folder.path;
}

export function manifest(name: string, change: Partial<Manifest> = {}): Manifest {
  return {
    abi: 1,
    name,
    version: "1.0.0",
    handlers: [{ kind: "message", filter: `in/${name}`, method: "take" }],
    capabilities: { publish: ["out/#"], timers: true, state: true },
    config: [],
    state: [],
    limits: DEFAULT_LIMITS,
    durability: "durable",
    ...change,
  };
}

export function sealed(content: Manifest, wasm: Uint8Array, keys = owner): Uint8Array {
  return signPackage({ type: "plugin", manifest: content, wasm }, keys);
}

const IMPORTS = `
  (import "steppps" "publish" (func $publish (param i32 i32 i32 i32 i32)))
  (import "steppps" "state_set" (func $state_set (param i32 i32 i32 i32)))
  (import "steppps" "timer_set" (func $timer_set (param i32 i32 i64 i32 i32)))
  (import "steppps" "log" (func $log (param i32 i32 i32)))
  (import "steppps" "read" (func $read (param i32 i32 i32 i32) (result i32)))`;
const TYPE = "(param $kind i32) (param i32) (param i64) (param i64) (param i32) (param i32) (param i32) (result i32)";
const MEMORY = '(memory (export "memory") 20)';
const HANDLE = `(func (export "steppps_handle") ${TYPE} (i32.const 0))`;
const SAVE = '(func (export "steppps_save") (result i32) (i32.const 0))';

/** A module made of these parts, in place of the harmless ones. */
export function guest(
  parts: { imports?: string; memory?: string; handle?: string; save?: string; more?: string } = {},
): Uint8Array {
  const { imports = "", memory = MEMORY, handle = HANDLE, save = SAVE, more = "" } = parts;
  return wat2wasm(`(module ${imports} ${memory} ${handle} ${save} ${more})`);
}

/** A module that runs `body` for each message and timer; `data` lies at 0. */
export function handler(body: string, data = ""): Uint8Array {
  const handle = `(func (export "steppps_handle") ${TYPE} (local $i i32)
    (if (i32.ge_u (local.get $kind) (i32.const 2)) (then ${body})) (i32.const 0))`;
  return guest({ imports: IMPORTS, handle, more: `(data (i32.const 0) "${data}")` });
}

export function times(count: number, body: string): string {
  return `(loop $again ${body} (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $i) (i32.const ${count}))))`;
}
