import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../proc.ts";
import { Program } from "../program.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Contestant, Started } from "./contestant.ts";
import { startMosquitto } from "./mosquitto.ts";

const PEERS = fileURLToPath(new URL("../peers", import.meta.url));
const FLOWS = join(PEERS, "node-red");

/** Installs what peers/package-lock.json names, the first time. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  if (existsSync(join(PEERS, "node_modules/node-red/red.js"))) return;
  say("  installing Node-RED (npm ci in tests/bench/peers)");
  const npm = await Program.start("npm", { args: ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd: PEERS });
  await npm.ended();
}

/** As most people run it: beside mosquitto, a flow of mqtt in ▸ switch ▸ change ▸ mqtt out. */
export const nodeRedAndMosquitto: Contestant = {
  name: "Node-RED + mosquitto",
  async start(folder, qos) {
    await using stack = new AsyncDisposableStack();
    const { port, program } = await startMosquitto(folder);
    stack.use(program);
    return await run(stack, { folder, qos, port, parts: ["flows.json"], args: [] });
  },
};

/** The same flow with the broker inside Node-RED and no delay on any socket: as fast as it can be made without changing it. */
export const nodeRedEmbedded: Contestant = {
  name: "Node-RED + aedes node, no delay",
  async start(folder, qos) {
    await using stack = new AsyncDisposableStack();
    const args = ["--require", join(FLOWS, "no-delay.cjs")];
    return await run(stack, { folder, qos, port: await freePort(), parts: ["flows.json", "broker.json"], args });
  },
};

interface Run {
  readonly folder: string;
  readonly qos: 0 | 1;
  readonly port: number;
  /** Files whose nodes make the flow. */
  readonly parts: readonly string[];
  /** For node itself. */
  readonly args: readonly string[];
}

async function run(stack: AsyncDisposableStack, { folder, qos, port, parts, args }: Run): Promise<Started> {
  const home = join(folder, "node-red");
  mkdirSync(home, { recursive: true });
  const nodes = parts.flatMap((part) => JSON.parse(readFileSync(join(FLOWS, part), "utf8")));
  writeFileSync(join(home, "flows.json"), JSON.stringify(nodes));
  const program = await Program.start(process.execPath, {
    args: [...args, join(PEERS, "node_modules/node-red/red.js"), "--userDir", home, "--settings", join(FLOWS, "settings.cjs")],
    env: { BENCH_MQTT_PORT: String(port), BENCH_QOS: String(qos), BENCH_UI_PORT: String(await freePort()) },
    ready: (line) => line.includes("Started flows"),
  });
  stack.use(program);
  await awaitRelay(port, qos);
  const started = stack.move();
  return { port, worker: program.pid, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
