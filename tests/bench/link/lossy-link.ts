import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { relay } from "./relay.ts";

/** A poor link, as a device in the country has it. */
export interface LinkOptions {
  /** kbit/s, both directions together. */
  readonly rateKbit: number;
  /** Of the packets, at random, in either direction. */
  readonly lossPercent: number;
  /** ms between two cuts; a cut ends every connection and lets nothing through for `cutMillis`. */
  readonly cutEveryMillis: number;
  readonly cutMillis: number;
}

export const POOR_LINK: LinkOptions = { rateKbit: 32, lossPercent: 20, cutEveryMillis: 10_000, cutMillis: 1_000 };

/** What was seen of a command's run. */
export interface LinkRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * `namespace`: a network namespace of its own, the kernel's TCP over a token bucket (tbf) and a packet filter that drops at random.
   * `proxy`: where the system has neither, a proxy in this process that holds the rate, pauses for what TCP would need to get over the
   * loss, and cuts. Not the same thing: say which one it was beside a figure.
   */
  readonly kind: "namespace" | "proxy";
  readonly cuts: number;
  /** TCP segments that the kernel sent again; only in a namespace. */
  readonly retransmitted?: number;
  /** TCP payload that reached the broker's side, and that came from it. */
  readonly toBroker: number;
  readonly fromBroker: number;
}

const INSIDE = fileURLToPath(new URL("./inside.ts", import.meta.url));

/** Runs `command`, in which "{broker}" is the MQTT URL by which `port` of this machine is reached over the link. */
export async function overLossyLink(
  command: readonly string[],
  port: number,
  options: LinkOptions = POOR_LINK,
): Promise<LinkRun> {
  return canIsolate() ? inNamespace(command, port, options) : throughProxy(command, port, options);
}

/** Whether this system lets us have a network of our own with a rate and a packet filter. */
export function canIsolate(): boolean {
  try {
    const setup = [
      "-c",
      "ip link set lo up && tc qdisc add dev lo root tbf rate 1mbit burst 2000 latency 1s && tc qdisc add dev lo ingress",
    ];
    execFileSync("unshare", ["-Urn", "sh", ...setup], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The command and a relay run in the namespace; a unix socket, which is a file, leads out of it. */
async function inNamespace(command: readonly string[], port: number, options: LinkOptions): Promise<LinkRun> {
  const folder = mkdtempSync(join(tmpdir(), "steppps-link-"));
  const [socket, stats] = [join(folder, "out"), join(folder, "stats.json")];
  const counts = { toBroker: 0, fromBroker: 0 };
  const way = createServer((inside) => pass(inside, connect({ port, host: "127.0.0.1", noDelay: true }), counts));
  await listen(way, socket);
  try {
    const job = JSON.stringify({ command, options, socket, stats });
    const ran = await run("unshare", ["-Urn", process.execPath, INSIDE, job]);
    if (!existsSync(stats)) throw new Error(`the link could not be made: ${ran.stderr}`);
    return { ...ran, kind: "namespace", ...(JSON.parse(readFileSync(stats, "utf8")) as { cuts: number }), ...counts };
  } finally {
    way.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function throughProxy(command: readonly string[], port: number, options: LinkOptions): Promise<LinkRun> {
  const counts = { toBroker: 0, fromBroker: 0 };
  const link = await relay({
    dial: () => connect({ port, host: "127.0.0.1", noDelay: true }),
    bytesPerSecond: (options.rateKbit * 1000) / 8,
    lossPercent: options.lossPercent,
    counts,
  });
  let cuts = 0;
  const cutting = setInterval(() => {
    cuts++;
    link.cut(options.cutMillis);
  }, options.cutEveryMillis);
  try {
    const [program, ...args] = command.map((word) => word.replaceAll("{broker}", `mqtt://127.0.0.1:${link.port}`));
    return { ...(await run(program as string, args)), kind: "proxy", cuts, ...counts };
  } finally {
    clearInterval(cutting);
    link.close();
  }
}

function pass(one: Socket, other: Socket, counts: { toBroker: number; fromBroker: number }): void {
  one.on("data", (chunk: Buffer) => {
    counts.toBroker += chunk.length;
  });
  other.on("data", (chunk: Buffer) => {
    counts.fromBroker += chunk.length;
  });
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on("error", () => {});
    socket.on("close", () => peer.destroy());
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => server.once("error", reject).listen(path, resolve));
}

async function run(program: string, args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { code, stdout, stderr };
}
