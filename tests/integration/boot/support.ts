import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { type Supervisor, startSupervisor } from "../../../runtime/boot/index.ts";
import { controlTopic, type DeployReport, type RpcMethod, type RpcReply } from "../../../runtime/contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, systemClock, toPlain } from "../../../runtime/platform/index.ts";
import { formatPublicKey, generateKeys, type KeyPair, signPackage } from "../../../runtime/trust/index.ts";
import type { Built } from "../script/guests.ts";

/** A supervisor with a folder and an owner of its own, all gone after the test. */
export class Home {
  readonly path: string;
  readonly keys: KeyPair;
  #supervisor: Supervisor | undefined;

  private constructor(path: string, keys: KeyPair) {
    this.path = path;
    this.keys = keys;
  }

  static async make(path?: string): Promise<Home> {
    const home = new Home(path ?? (await mkdtemp(join(tmpdir(), "supervisor-"))), generateKeys());
    const { owners } = dataPaths(home.path);
    await mkdir(owners, { recursive: true });
    await writeFile(join(owners, "owner.pub"), formatPublicKey(home.keys.public));
    onTestFinished(async () => {
      await home.stop();
      if (path === undefined) await rm(home.path, { recursive: true, force: true });
    });
    return home;
  }

  get supervisor(): Supervisor {
    return this.#supervisor as Supervisor;
  }

  async start(faultSpec?: string): Promise<Supervisor> {
    this.#supervisor = await startSupervisor({
      dataPath: this.path,
      version: "0.0.0",
      clock: systemClock(),
      engine: "v8",
      faultSpec,
      mqttPort: 0,
      webPort: false,
      readings: false,
      broken() {},
    });
    return this.#supervisor;
  }

  async stop(): Promise<void> {
    await this.#supervisor?.close();
    this.#supervisor = undefined;
  }

  async client(options: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(this.supervisor.mqttUrl, { reconnectPeriod: 0, ...options });
    client.on("error", () => {});
    onTestFinished(() => client.endAsync(true));
    return client;
  }

  async deploy(built: Built): Promise<DeployReport> {
    return this.deployEnvelope(signPackage({ type: "plugin", ...built }, this.keys));
  }

  async deployEnvelope(envelope: Uint8Array): Promise<DeployReport> {
    const client = await this.client();
    const id = createHash("sha256").update(envelope).digest("hex");
    const { promise, resolve } = Promise.withResolvers<DeployReport>();
    client.on("message", (_topic, payload) => {
      const report: DeployReport = JSON.parse(payload.toString());
      if (report.id === id && report.outcome !== "running") resolve(report);
    });
    await client.subscribeAsync(controlTopic.deployed("edge"), { qos: 1 });
    await client.publishAsync(controlTopic.deploy("edge"), Buffer.from(envelope), { qos: 1 });
    return promise;
  }

  async ask(method: RpcMethod, args: object = {}): Promise<RpcReply> {
    const client = await this.client();
    const id = `ask-${Math.random().toString(36).slice(2)}`;
    const answer = next(client);
    await client.subscribeAsync(controlTopic.reply("edge", method, id), { qos: 1 });
    await client.publishAsync(controlTopic.rpc("edge", method, id), Buffer.from(encodeCbor(fromPlain(args))), { qos: 1 });
    return toPlain(decodeCbor(await answer)) as RpcReply;
  }
}

/** The next message that a client gets. */
export function next(client: MqttClient): Promise<Buffer> {
  return new Promise((resolve) => client.once("message", (_, payload) => resolve(payload)));
}
