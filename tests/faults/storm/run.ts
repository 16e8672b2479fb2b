import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { connectDevice, type DeviceClient } from "../../../runtime/cli/device/client.ts";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import { controlTopic, type DeployOptions, StepppsError, type SystemStatus } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { DeviceProcess } from "../kill-loop/device-process.ts";
import { buildPlugins } from "../kill-loop/plugins.ts";
import { freePort } from "../kill-loop/port.ts";
import { createRandom, type Random } from "../kill-loop/random.ts";
import { Receiver } from "../kill-loop/receiver.ts";
import { Sender } from "../kill-loop/sender.ts";
import { booksOf } from "./books.ts";
import { GOOD, KINDS, type Kind, REMOVED } from "./kinds.ts";
import { Lane, type Outcome } from "./lane.ts";
import { MemoryTrace } from "./memory.ts";
import { byKind, type StormReport } from "./report.ts";
import { Reports } from "./reports.ts";

export interface StormOptions {
  readonly deploys: number;
  readonly seed: number;
  /** Plugins that get them, side by side; the last one is one whose inputs nobody counts. */
  readonly lanes: number;
  say(line: string): void;
}

const DEVICE = "edge";
const SETTLE_SECONDS = 60;
/** Of each plugin's sender: some hundred inputs a second at most. */
const TRAFFIC = { window: 4, pause: 35 };

/** Deploys versions good and bad to a device while others talk to it, then asks how each ended and whether anything was lost. */
export async function storm({ deploys, seed, lanes: count, say }: StormOptions): Promise<StormReport> {
  const began = performance.now();
  const random = createRandom(seed);
  const data = await mkdtemp(join(tmpdir(), "storm-"));
  const keys = { owner: generateKeys(), stranger: generateKeys() };
  const paths = dataPaths(data);
  await mkdir(paths.owners, { recursive: true });
  await writeFile(join(paths.owners, "owner.pub"), `${formatPublicKey(keys.owner.public)}\n`);
  await writeFile(paths.document, "deploys:\n  gateSeconds: 2\n");
  const [tally, audit] = await buildPlugins(new URL(".", import.meta.url), ["tally", "audit"]);
  if (!tally || !audit) throw new Error("no plugins");
  const port = await freePort(random);
  const device = new DeviceProcess({ data, port });
  if ((await device.ready) === undefined) throw new Error(`the device did not start: ${device.complaints}`);
  const address = { broker: `mqtt://127.0.0.1:${port}`, device: DEVICE, timeout: 60_000 };
  const asker = await connectDevice(address);
  const reports = await Reports.open(port, DEVICE);
  const sent = new SentEnvelopes(join(data, "sent"));
  const memory = new MemoryTrace(device.pid);

  const outcomes: Outcome[] = [];
  let number = 0;
  const ended = (outcome: Outcome) => {
    if (process.env.J_DEBUG)
      say(
        `${Date.now()} ${outcome.number} ${outcome.plugin} ${outcome.kind.name}: ${outcome.end} ${outcome.detail} ${outcome.millis} ms`,
      );
    outcomes.push(outcome);
    memory.note(outcomes.length);
    if (outcomes.length % 20 === 0)
      say(`${outcomes.length} deploys ended, after ${seconds(began)} s; ${Math.round(memory.last)} MB`);
  };
  const whole = random.below(2);
  const send = async (envelope: Uint8Array, options: DeployOptions) => {
    if (options.canary === undefined && random.below(2) === whole) {
      await reports.publish(controlTopic.deploy(DEVICE), envelope);
      return;
    }
    const request = { envelope, options, wait: false, approve: false };
    await deployEnvelope(request, { address, sent, onReport() {}, onProgress() {} }).catch((error: unknown) => {
      // What the device says of the version comes as a report, too.
      if (!(error instanceof StepppsError) || /^E_(TRANSFER|CLI)_/.test(error.code)) throw error;
    });
  };
  const track = async (envelope: Uint8Array) => {
    const { report } = await deployEnvelope(
      { envelope, options: {}, wait: true, approve: false },
      { address, sent, onReport() {}, onProgress() {} },
    );
    if (!report.ok) throw new Error(JSON.stringify(report));
  };
  await track(signPackage({ type: "plugin", ...audit }, keys.owner));

  const names = Array.from({ length: count }, (_, i) => (i === count - 1 ? "spare" : `tally-${i}`));
  const marks = new Map<string, { readonly text: string; readonly percent: number }>();
  const lanes = names.map(
    (plugin) =>
      new Lane({
        plugin,
        built: tally,
        keys,
        reports,
        random: createRandom(random.below(2 ** 31)),
        number: () => number++,
        mark: (mark) => void (mark ? marks.set(plugin, mark) : marks.delete(plugin)),
        send,
        ask: (method, args) => asker.ask(method, args),
        ended,
      }),
  );
  const receiver = new Receiver(port, ["booked/+", "rung/+", "books/+"], 2);
  await Promise.all(lanes.map((lane) => lane.deploy(GOOD)));
  const senders = names.map((plugin) => {
    let n = 0;
    const chance = createRandom(random.below(2 ** 31));
    const payload = (i: number) => {
      const mark = marks.get(plugin);
      return mark && chance.below(100) < mark.percent ? `${i} ${mark.text}` : String(i);
    };
    const topic = (i: number) => `in/${plugin}/k${i % 50}`;
    return new Sender({ port, clientId: plugin, qos: 2, topic, next: () => ++n, payload, ...TRAFFIC });
  });
  // What a version is measured by.
  await sleep(3_000);
  const plan = makePlan(deploys - names.length - 1, random);
  await Promise.all(lanes.map((lane) => work(lane, plan)));
  // Whatever came last, each is at work with a good one.
  await Promise.all(lanes.map((lane) => lane.deploy(GOOD)));

  const unexpected = outcomes.filter(({ kind, end }) => !kind.ends.test(end));
  const doubts = unexpected.filter(mayBeBusy).map(tell);
  const faults = unexpected.filter((outcome) => !mayBeBusy(outcome)).map(tell);
  if (doubts.length > Math.max(MAX_DOUBTS, outcomes.length * DOUBTS_SHARE)) faults.push(...doubts);
  const counted = names.slice(0, -1).map((plugin, i) => ({ plugin, sender: senders[i] as Sender }));
  const books = await settle(port, counted, senders, receiver);
  faults.push(...books.faults, ...(await lookAt(asker, names)));
  const restarts = device.gone ? 1 : 0;
  if (restarts > 0) faults.push(`the supervisor ended: ${device.complaints}`);
  await Promise.all([...senders, receiver, reports].map((client) => client.end()));
  await asker.close();
  device.kill("SIGTERM");
  const goodbye = await Promise.race([device.ended, sleep(20_000, "no end", { ref: false })]);
  if (goodbye !== "0") faults.push(`asked to stop, it ended with ${goodbye}: ${device.complaints}`);
  device.kill("SIGKILL");
  if (faults.length === 0) await rm(data, { recursive: true });
  else say(`its data is kept in ${data}`);
  const [good, bad] = [outcomes.filter(({ kind }) => kind.good), outcomes.filter(({ kind }) => !kind.good)];
  const asExpected = (list: readonly Outcome[]) => list.filter(({ kind, end }) => kind.ends.test(end)).length;
  return {
    seed,
    deploys: outcomes.length,
    seconds: seconds(began),
    kinds: byKind(outcomes),
    good: good.length,
    goodDone: asExpected(good),
    bad: bad.length,
    badEnded: asExpected(bad),
    inputs: {
      sent: senders.reduce((total, sender) => total + sender.sent.size, 0),
      acknowledged: senders.reduce((total, sender) => total + sender.acknowledged.size, 0),
      lost: books.lost,
      twice: books.twice,
      repeats: repeatsOf(counted, receiver),
    },
    supervisor: { pid: device.pid, restarts },
    memory: memory.sum(),
    doubts,
    faults,
  };
}

/** How many outcomes may be put down to a busy machine: so many, or that share of all. */
const MAX_DOUBTS = 3;
const DOUBTS_SHARE = 0.05;

/** With some hundred inputs a gate of two seconds can't tell a version that is slow at a few from a machine that is. */
function mayBeBusy({ kind, end }: Outcome): boolean {
  return kind.good ? /^rolled-back E_GATE_(SLOW|LAG)$/.test(end) : kind.name.startsWith("slow") && end === "done";
}

function tell({ number: of, plugin, kind, end, detail }: Outcome): string {
  return `deploy ${of} of ${plugin} (${kind.name}) ended: ${end} ${detail}`;
}

/** Kinds in their order, by their weights. */
function makePlan(count: number, random: Random): Kind[] {
  const all = KINDS.flatMap((kind) => Array<Kind>(kind.weight).fill(kind));
  return Array.from({ length: Math.max(0, count) }, () => random.pick(all));
}

/** Takes what is next in the plan until nothing is left. */
async function work(lane: Lane, plan: Kind[]): Promise<void> {
  for (let done = 0; ; done++) {
    const kind = plan.shift();
    if (!kind) return;
    await lane.deploy(lane.plugin === "spare" && done % 4 === 3 ? REMOVED : kind);
    if (lane.plugin === "spare" && done % 4 === 3) await lane.deploy(GOOD);
  }
}

interface Counted {
  readonly plugin: string;
  readonly sender: Sender;
}

/** Lets everything that is under way arrive, then compares books; what is still wrong after a while is wrong. */
async function settle(
  port: number,
  counted: readonly Counted[],
  senders: readonly Sender[],
  receiver: Receiver,
): Promise<{ lost: number; twice: number; faults: string[] }> {
  const acknowledged = Promise.all(senders.map((sender) => sender.stop())).then(() => true);
  const all = await Promise.race([acknowledged, sleep(SETTLE_SECONDS * 1000, false, { ref: false })]);
  const ask = await connectAsync({ host: "127.0.0.1", port });
  const deadline = performance.now() + SETTLE_SECONDS * 1000;
  let verdict = { lost: 0, twice: 0, faults: ["nobody was asked"] };
  while (verdict.faults.length > 0 && performance.now() < deadline) {
    for (const { plugin } of counted) {
      await ask.publishAsync(`ask/${plugin}`, "", { qos: 1 });
      await ask.publishAsync("ask/audit", plugin, { qos: 1 });
    }
    await sleep(500);
    verdict = compare(counted, receiver);
  }
  await ask.endAsync();
  if (!all) verdict.faults.unshift("some messages were never acknowledged");
  return verdict;
}

function compare(counted: readonly Counted[], receiver: Receiver): { lost: number; twice: number; faults: string[] } {
  const faults: string[] = [];
  let [lost, twice] = [0, 0];
  const audited = [...receiver.of("books/audit")];
  for (const { plugin, sender } of counted) {
    const books = booksOf(plugin, sender.sent);
    const said = [...receiver.of(`books/${plugin}`)].at(-1) ?? "nothing";
    if (said !== books.tally) faults.push(`${plugin}'s books say ${said}, they should say ${books.tally}`);
    const difference = books.count - Number(said.split(" ")[0]);
    if (difference > 0) lost += difference;
    else twice -= difference;
    const heard = audited.findLast((line) => line.startsWith(`${plugin} `)) ?? "nothing";
    if (heard !== books.audit) faults.push(`audit's books say ${heard}, they should say ${books.audit}`);
    const outputs = receiver.of(`booked/${plugin}`);
    const unsaid = [...sender.sent].filter((n) => !outputs.has(String(n)));
    if (unsaid.length > 0) faults.push(`${plugin}: ${unsaid.length} were not said to be booked: ${unsaid.slice(0, 5)}`);
    const bells = receiver.of(`rung/${plugin}`);
    const silent = [...sender.sent].filter((n) => n % 5 === 0 && !bells.has(String(n)));
    if (silent.length > 0) faults.push(`${plugin}: ${silent.length} timers were not said to have rung: ${silent.slice(0, 5)}`);
  }
  return { lost, twice, faults };
}

/** Outputs that came more than once, as they may: a plugin that floods itself has them sent again until it takes them. */
function repeatsOf(counted: readonly Counted[], receiver: Receiver): number {
  return counted.reduce(
    (sum, { plugin }) => sum + receiver.repeatsOf(`booked/${plugin}`) + receiver.repeatsOf(`rung/${plugin}`),
    0,
  );
}

/** What the device says of its plugins now. */
async function lookAt(asker: DeviceClient, names: readonly string[]): Promise<string[]> {
  const { plugins } = (await asker.ask("status")) as SystemStatus;
  const there = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const letters = (await asker.ask("dead-letters", { limit: 1000 })) as readonly { plugin: string }[];
  const lost = letters.filter(({ plugin }) => plugin !== "spare");
  const dead =
    lost.length > 0 ? [`${lost.length} inputs were given up, of ${[...new Set(lost.map(({ plugin }) => plugin))]}`] : [];
  const wrong = names.flatMap((name) => {
    const plugin = there.get(name);
    if (!plugin) return [`${name} is not there`];
    const { health, queued, probationUntil } = plugin;
    return [
      ...(health === "healthy" ? [] : [`${name} is ${health}`]),
      ...(queued > 0 ? [`${queued} inputs of ${name} still wait`] : []),
      ...(probationUntil === undefined ? [] : [`${name} is still on probation`]),
    ];
  });
  return [...wrong, ...dead];
}

function seconds(began: number): number {
  return Math.round((performance.now() - began) / 1000);
}
