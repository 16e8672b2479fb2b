import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { connect, connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import {
  type Bus,
  type BusOptions,
  type Delivery,
  type EmbeddedBusOptions,
  openEmbeddedBus,
  type Refusal,
} from "../../../runtime/mqtt/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { systemProgram } from "../../support/system.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "steppps-mqtt-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestBus {
  readonly bus: Bus;
  readonly port: number;
  /** What the supervisor took, oldest first. */
  readonly taken: Delivery[];
  readonly reports: string[];
  readonly refused: Refusal[];
}

/** An embedded broker whose supervisor commits what it must and notes what it takes. Closed after the test. */
export async function startBus(
  options: Partial<Pick<EmbeddedBusOptions, "journal" | "limits" | "onMessage" | "users" | "host" | "tls">> = {},
): Promise<TestBus> {
  const journal = (options.journal as Journal | undefined) ?? (await openJournal({ file: ":memory:" }));
  const taken: Delivery[] = [];
  const reports: string[] = [];
  const refused: Refusal[] = [];
  const note: BusOptions["onMessage"] = (message, done) => {
    taken.push({ ...message, payload: Buffer.from(message.payload) });
    if (message.ops.length === 0) done();
    else journal.commit(message.ops).then(() => done(), done);
  };
  const bus = await openEmbeddedBus({
    port: 0,
    journal,
    onMessage: options.onMessage ?? note,
    report: (error) => reports.push(error.code),
    refused: (refusal) => refused.push(refusal),
    ...(options.limits && { limits: options.limits }),
    ...(options.users && { users: options.users }),
    ...(options.host !== undefined && { host: options.host }),
    ...(options.tls && { tls: options.tls }),
  });
  await bus.start();
  onTestFinished(async () => {
    await bus.close();
    await journal.close();
  });
  return { bus, port: Number(new URL(bus.url).port), taken, reports, refused };
}

/** An MQTT.js client, ended after the test. Messages it gets are in `got`, as `topic payload`. */
export async function client(port: number, options: IClientOptions = {}): Promise<MqttClient & { got: string[] }> {
  const mqtt = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  mqtt.on("error", () => {});
  const got: string[] = [];
  mqtt.on("message", (topic, payload) => got.push(`${topic} ${payload}`));
  onTestFinished(() => void mqtt.end(true));
  await new Promise<void>((resolve, reject) => {
    mqtt.once("connect", () => resolve());
    mqtt.once("close", () => reject(new Error("the broker closed the connection")));
  });
  return Object.assign(mqtt, { got });
}

/** Waits until `holds`, for at most `seconds`. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not come true within ${seconds} s: ${holds}`);
    await sleep(5);
  }
}

/** An address of this machine that is not its loopback: who comes from there counts as being elsewhere. */
export function outsideAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.find(({ internal, family }) => !internal && family === "IPv4");
  if (!outside) throw new Error("this machine has no address besides its loopback");
  return outside.address;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Mosquitto {
  readonly port: number;
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Resolves when it has written what it holds: with SIGKILL it comes back to that. */
  save(): Promise<void>;
  /** Starts it again on the same port, with its sessions and retained messages. */
  start(): Promise<void>;
}

/** A real broker, stopped after the test. */
export async function startMosquitto(settings: readonly string[] = []): Promise<Mosquitto> {
  const folder = temporaryFolder();
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  const user = process.getuid?.() === 0 ? ["user root"] : [];
  const persistence = ["persistence true", `persistence_location ${folder}/`];
  writeFileSync(
    config,
    [`listener ${port} 127.0.0.1`, "allow_anonymous true", ...user, ...persistence, ...settings, ""].join("\n"),
  );
  let process_: ChildProcess | undefined;
  const stop = async (signal: "SIGTERM" | "SIGKILL" = "SIGTERM") => {
    const running = process_;
    process_ = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await ended;
  };
  const save = async () => {
    const written = () => statSync(join(folder, "mosquitto.db"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const before = written();
    process_?.kill("SIGUSR1");
    await until(() => written() > before);
  };
  const start = async () => {
    process_ = spawn(systemProgram("mosquitto"), ["-c", config], { stdio: "ignore" });
    for (;;) {
      const probe = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 }).catch(() => undefined);
      if (probe) return probe.endAsync();
      if (process_.exitCode !== null) throw new Error(`mosquitto ended with ${process_.exitCode}`);
      await sleep(20);
    }
  };
  onTestFinished(() => stop());
  await start();
  return { port, stop, save, start };
}

/** Runs mosquitto_pub and resolves when it has ended. */
export async function mosquittoPub(port: number, ...args: string[]): Promise<void> {
  await promisify(execFile)(systemProgram("mosquitto_pub"), ["-h", "127.0.0.1", "-p", String(port), ...args]);
}

/** Runs mosquitto_sub; `lines` grow as messages come. */
export function mosquittoSub(port: number, ...args: string[]): { lines: string[]; stop(): void } {
  const child = spawn(systemProgram("mosquitto_sub"), ["-h", "127.0.0.1", "-p", String(port), "-v", ...args]);
  const lines: string[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const all = (rest + chunk).split("\n");
    rest = all.pop() ?? "";
    lines.push(...all);
  });
  const stop = () => void child.kill("SIGKILL");
  onTestFinished(stop);
  return { lines, stop };
}
