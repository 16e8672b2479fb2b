import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import { formatPublicKey, generateKeys, type KeyPair, signPackage } from "../../../runtime/trust/index.ts";
import { Reports } from "../storm/reports.ts";
import { damageProbation } from "./damage.ts";
import { deploy } from "./deployer.ts";
import { DeviceProcess } from "./device-process.ts";
import { judge } from "./oracle.ts";
import { Owner } from "./owner.ts";
import { type Built, buildPlugins } from "./plugins.ts";
import { freePort } from "./port.ts";
import { createRandom, type Random } from "./random.ts";
import { Receiver } from "./receiver.ts";
import type { Round } from "./rounds.ts";
import { Sender } from "./sender.ts";

export interface KillLoopReport {
  readonly rounds: number;
  /** Deaths by what they died of; `random` from outside, and points at which the process killed itself. */
  readonly kills: Readonly<Record<string, number>>;
  /** Rounds whose point was not reached; they were killed from outside. */
  readonly unreached: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly received: number;
  /** Outputs that came more than once, as they may. */
  readonly repeats: number;
  readonly deploys: number;
  /** ms from the start of a process until it handled messages: median and the slowest of twenty. */
  readonly startMillis: { readonly p50: number; readonly p95: number };
  readonly seconds: number;
  readonly faults: readonly string[];
}

export interface KillLoopOptions {
  readonly rounds: readonly Round[];
  readonly random: Random;
  /** Stop beginning rounds after so many seconds. */
  readonly seconds: number;
  say(line: string): void;
}

const DEVICE = "edge";
/** Percent of the inputs that a bad version fails at. */
const MARKED = 10;
const SETTLE_SECONDS = 30;

/** Kills a device again and again while others talk to it, then asks whether anything was lost or done twice. */
export async function killLoop({ rounds, random, seconds, say }: KillLoopOptions): Promise<KillLoopReport> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const data = await mkdtemp(join(tmpdir(), "kill-loop-"));
  const port = await freePort(random);
  const keys = await makeOwner(data);
  const [tally] = (await buildPlugins(new URL("../storm/", import.meta.url), ["tally"])) as [Built];
  const [audit] = (await buildPlugins(new URL(".", import.meta.url), ["audit"])) as [Built];
  const first = new DeviceProcess({ data, port });
  await living(first);
  const reports = await Reports.open(port, DEVICE);
  const sent = new SentEnvelopes(join(data, "sent"));
  const owner = new Owner({ port, device: DEVICE, built: tally, keys, reports, sent });
  for (const envelope of [owner.first(), signPackage({ type: "plugin", ...audit }, keys)]) {
    const report = await deploy(port, envelope);
    if (!report?.ok) throw new Error(`no deploy: ${JSON.stringify(report)}`);
  }
  const receiver = new Receiver(port, ["booked/+", "rung/+", "heard/+", "books/+", "audit/books"]);
  let number = 0;
  const chance = createRandom(random.below(2 ** 31));
  const payload = (n: number) => {
    const { marks } = owner;
    return marks.length > 0 && chance.below(100) < MARKED ? `${n} ${chance.pick(marks)}` : String(n);
  };
  const exact = ["first", "second"].map(
    (clientId) => new Sender({ port, clientId, qos: 2, topic: (n) => `in/tally/k${n % 50}`, next: () => ++number, payload }),
  );
  let loud = 0;
  const loose = new Sender({ port, clientId: "loose", qos: 1, topic: (n) => `loose/${n % 50}`, next: () => ++loud });
  await sleep(200);
  first.kill("SIGKILL");
  await first.ended;

  const kills: Record<string, number> = {};
  const starts: number[] = [];
  let unreached = 0;
  let done = 0;
  const faults: string[] = [];
  for (const round of rounds) {
    if (elapsed() > seconds) break;
    const fault = round.at === "random" ? undefined : `${round.at}:kill@${round.skip}`;
    if (round.damage) await damageProbation(data);
    const device = new DeviceProcess({ data, port, late: round.late, ...(fault && { fault }) });
    const timer = device.ready.then(async (millis) => {
      if (millis === undefined) return false;
      starts.push(millis);
      if (round.act) owner.act(round.act, random.below(2) === 0);
      const died = await Promise.race([device.ended, sleep(round.life, undefined, { ref: false })]);
      device.kill("SIGKILL");
      return died === undefined;
    });
    const cause = await device.ended;
    owner.died();
    const outside = await timer;
    if (cause !== "SIGKILL") faults.push(`round ${done} (${fault ?? "random"}) ended with ${cause}: ${device.complaints}`);
    if (fault && outside) unreached++;
    const by = outside ? "random" : round.at;
    kills[by] = (kills[by] ?? 0) + 1;
    done++;
    if (done % 20 === 0) say(`${done} rounds, ${exact[0]?.acknowledged.size} + ${exact[1]?.acknowledged.size} messages`);
    if (faults.length > 5) break;
  }

  const last = new DeviceProcess({ data, port });
  await living(last);
  // A bad version is known by its inputs: they go on until the last gate is over.
  const verdict = await owner.verdict(SETTLE_SECONDS * 1000);
  verdict.push(...(await settle(last, port, () => judge({ exact, loose, receiver }), [...exact, loose])));
  await Promise.all([...exact, loose, receiver, reports].map((client) => client.end()));
  last.kill("SIGTERM");
  const goodbye = await Promise.race([last.ended, sleep(10_000, "no end")]);
  if (goodbye !== "0") faults.push(`asked to stop, it ended with ${goodbye}: ${last.complaints}`);
  last.kill("SIGKILL");
  const senders = [...exact, loose];
  if (faults.length + verdict.length === 0) await rm(data, { recursive: true });
  else say(`its data is kept in ${data}`);
  starts.sort((a, b) => a - b);
  return {
    rounds: done,
    kills,
    unreached,
    sent: senders.reduce((total, { sent }) => total + sent.size, 0),
    acknowledged: senders.reduce((total, { acknowledged }) => total + acknowledged.size, 0),
    received: [...receiver.got.values()].reduce((total, { size }) => total + size, 0),
    repeats: receiver.repeats,
    deploys: owner.deploys,
    startMillis: { p50: quantile(starts, 0.5), p95: quantile(starts, 0.95) },
    seconds: Math.round(elapsed()),
    faults: [...faults, ...verdict],
  };
}

/** Lets everything that is under way arrive, then judges; what is still wrong after a while is wrong. */
async function settle(
  device: DeviceProcess,
  port: number,
  verdict: () => string[],
  senders: readonly Sender[],
): Promise<string[]> {
  const deadline = performance.now() + SETTLE_SECONDS * 1000;
  const acknowledged = Promise.all(senders.map((sender) => sender.stop()));
  const stuck = await Promise.race([acknowledged.then(() => false), sleep(SETTLE_SECONDS * 1000, true, { ref: false })]);
  const asker = await connectAsync({ host: "127.0.0.1", port });
  let faults = verdict();
  while (faults.length > 0 && performance.now() < deadline) {
    await asker.publishAsync("ask/tally", "", { qos: 1 });
    await asker.publishAsync("ask/audit", "", { qos: 1 });
    await sleep(300);
    faults = verdict();
  }
  await asker.endAsync();
  if (stuck) faults.unshift("some messages were never acknowledged");
  return faults.length > 0 && device.complaints ? [...faults, device.complaints] : faults;
}

async function makeOwner(data: string): Promise<KeyPair> {
  const keys = generateKeys();
  const { owners, document } = dataPaths(data);
  await mkdir(owners, { recursive: true });
  await writeFile(join(owners, "owner.pub"), `${formatPublicKey(keys.public)}\n`);
  await writeFile(document, "deploys:\n  gateSeconds: 1\nretention:\n  deploys: 1000\n");
  return keys;
}

async function living(device: DeviceProcess): Promise<void> {
  if ((await device.ready) === undefined) throw new Error(`the device did not start: ${device.complaints}`);
}

function quantile(sorted: readonly number[], part: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}
