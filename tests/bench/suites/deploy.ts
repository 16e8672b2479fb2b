import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import { SupervisorProcess } from "../contestants/supervisor.ts";
import { counted, deployCommand } from "../deploy/command.ts";
import { type Heard, Traffic } from "../deploy/traffic.ts";
import { type BuiltVersion, Versions } from "../deploy/versions.ts";
import { median } from "../quantile.ts";
import type { Bench, Suite } from "../suite.ts";

const RATE = 5_000;
const ROOMS = 50;
const DEVICE = "bench";
const GATE_SECONDS = 1;
const UPDATES = 6;
const FIRSTS = 5;
const WARM_MS = 3_000;
const TIMEOUT_MS = 30_000;

const NAMES = {
  update: `deploy: command to first message handled by the new version, ${RATE}/s meanwhile`,
  updateWorst: "deploy: the same, slowest",
  inProcess: "deploy: the same without starting the command's process",
  gap: `deploy: gap in handling, last old to first new, at ${RATE}/s`,
  gapWorst: "deploy: the same gap, longest",
  gapElse: `deploy: gap between outputs of one version at ${RATE}/s, p99.9`,
  gapElseWorst: "deploy: the same, longest",
  lost: "deploy: messages lost",
  twice: "deploy: messages handled twice, or by the old version after the new one",
  handled: "deploy: messages handled meanwhile",
  first: "deploy: command to first message handled, plugin that is new to the device",
  wasm: "deploy: the plugin's WebAssembly",
  envelope: "deploy: its signed envelope",
  overhead: "deploy: bytes on the wire beyond the envelope, both ways, first deploy",
  again: "deploy: bytes on the wire of a deploy that changes one line, of the first one's",
  compress: "deploy: bytes on the wire of the first deploy, of the envelope",
} as const;

export const deploy: Suite = {
  name: "deploy",
  about:
    `A durable plugin with a state for each of ${ROOMS} rooms takes ${RATE} messages a second, QoS 1, numbered; each is sent on with the version's mark. ` +
    `'steppps plugin deploy FILE' puts ${UPDATES} versions into its place, one after the other when the gate of the one before has decided; ` +
    `times are to when a subscriber reads the first output with the new mark. First deploys go to ${FIRSTS} devices that had nothing, ` +
    "over a relay that counts TCP payload both ways, with the command's MQTT connection in it. Medians.",
  expects: [
    { name: NAMES.update, unit: "ms", bound: "<= 400" },
    { name: NAMES.updateWorst, unit: "ms", bound: null },
    { name: NAMES.inProcess, unit: "ms", bound: null },
    { name: NAMES.first, unit: "ms", bound: "<= 400" },
    { name: NAMES.gap, unit: "ms", bound: "<= 5" },
    { name: NAMES.gapWorst, unit: "ms", bound: null },
    { name: NAMES.gapElse, unit: "ms", bound: null },
    { name: NAMES.gapElseWorst, unit: "ms", bound: null },
    { name: NAMES.lost, unit: "", bound: "<= 0" },
    { name: NAMES.twice, unit: "", bound: "<= 0" },
    { name: NAMES.handled, unit: "", bound: null },
    { name: NAMES.wasm, unit: "B", bound: null },
    { name: NAMES.envelope, unit: "B", bound: null },
    { name: NAMES.overhead, unit: "B", bound: "<= 4096" },
    { name: NAMES.again, unit: "%", bound: "<= 40" },
    { name: NAMES.compress, unit: "%", bound: null },
  ],
  async run(bench) {
    const versions = await Versions.open();
    await firsts(bench, versions);
    await updates(bench, versions);
  },
};

interface First {
  readonly millis: number;
  readonly bytes: number;
  /** Of the version after it, which differs in one line. */
  readonly bytesAgain: number;
  readonly built: BuiltVersion;
}

async function firsts(bench: Bench, versions: Versions): Promise<void> {
  const { quick, quiet, results, say } = bench;
  const found: First[] = [];
  for (let i = 0; i < (quick ? 1 : FIRSTS); i++) found.push(await quiet.watch(() => first(bench, versions)));
  say(`  new to the device: ${found.map(({ millis }) => Math.round(millis)).join(" ")} ms`);
  const middle = (of: (one: First) => number) => median(found.map(of));
  results.record(
    NAMES.first,
    middle(({ millis }) => millis),
  );
  results.record(
    NAMES.wasm,
    middle(({ built }) => built.wasmBytes),
  );
  results.record(
    NAMES.envelope,
    middle(({ built }) => built.envelope.length),
  );
  results.record(NAMES.overhead, Math.max(...found.map(({ bytes, built }) => bytes - built.envelope.length)));
  results.record(NAMES.again, Math.max(...found.map(({ bytes, bytesAgain }) => (100 * bytesAgain) / bytes)));
  results.record(
    NAMES.compress,
    middle(({ bytes, built }) => (100 * bytes) / built.envelope.length),
  );
}

/** Two deploys to a device of its own. */
async function first({ folder }: Bench, versions: Versions): Promise<First> {
  const [built, next] = [await versions.build(), await versions.build()];
  const home = join(folder, `deploy-first-${built.mark}`);
  await using supervisor = await startDevice(home, versions);
  await using traffic = await Traffic.start({ port: supervisor.port, rate: RATE / 10, spread: ROOMS });
  const send = async ({ mark, envelope }: BuiltVersion) => {
    using way = await counted(supervisor.port);
    const file = saved(home, mark, envelope);
    const heard = traffic.takeover(mark).then(() => performance.now());
    const began = performance.now();
    const target = ["--data", join(home, "author"), "--broker", `mqtt://127.0.0.1:${way.port}`, "--device", DEVICE];
    const [arrived] = await Promise.all([heard, deployCommand(file, target)]);
    return { millis: arrived - began, bytes: way.bytes() };
  };
  const { millis, bytes } = await send(built);
  return { built, millis, bytes, bytesAgain: (await send(next)).bytes };
}

async function updates({ folder, quick, quiet, results, say }: Bench, versions: Versions): Promise<void> {
  const home = join(folder, "deploy-updates");
  const data = join(home, "data");
  await using supervisor = await startDevice(home, versions);
  const sent = new SentEnvelopes(join(data, "sent"));
  const address = { broker: supervisor.mqttUrl, device: DEVICE, timeout: TIMEOUT_MS };
  const inProcess = async ({ envelope }: BuiltVersion) => {
    const request = { envelope, options: {}, wait: true, approve: false };
    return (await deployEnvelope(request, { address, sent, onReport() {}, onProgress() {} })).report;
  };
  const byCommand = ({ mark, envelope }: BuiltVersion) => deployCommand(saved(home, mark, envelope), ["--data", data, "--wait"]);
  const times = new Map([byCommand, inProcess].map((way) => [way, [] as number[]]));
  const gaps: number[] = [];
  await inProcess(await versions.build());
  await using traffic = await Traffic.start({ port: supervisor.port, rate: RATE, spread: ROOMS });
  await sleep(WARM_MS);
  for (let i = 0; i < (quick ? 1 : UPDATES); i++) {
    for (const [way, millis] of times) {
      const { taken, gap } = await quiet.watch(async () => {
        const built = await versions.build();
        const heard = traffic.takeover(built.mark).then(({ gapMillis }) => ({ gap: gapMillis, at: performance.now() }));
        const began = performance.now();
        const [{ at, gap }, { outcome, error }] = await Promise.all([heard, way(built)]);
        if (outcome !== "done") throw new Error(`a good version ended ${outcome}: ${error?.code} ${error?.detail}`);
        return { taken: at - began, gap };
      });
      millis.push(taken);
      gaps.push(gap);
    }
  }
  const heard = await traffic.finish();
  const [command = [], process = []] = [...times.values()];
  say(`  command: ${command.map(Math.round).join(" ")} ms, without its process: ${process.map(Math.round).join(" ")} ms`);
  say(`  gaps: ${gaps.map((millis) => millis.toFixed(1)).join(" ")} ms`);
  results.record(NAMES.update, median(command));
  results.record(NAMES.updateWorst, Math.max(...command));
  results.record(NAMES.inProcess, median(process));
  results.record(NAMES.gap, median(gaps));
  results.record(NAMES.gapWorst, Math.max(...gaps));
  recordHeard(results, heard);
}

function recordHeard(results: Bench["results"], { received, lost, twice, back, gapP999, gapMax }: Heard): void {
  results.record(NAMES.gapElse, gapP999);
  results.record(NAMES.gapElseWorst, gapMax);
  results.record(NAMES.lost, lost);
  results.record(NAMES.twice, twice + back);
  results.record(NAMES.handled, received);
}

function startDevice(home: string, versions: Versions): Promise<SupervisorProcess> {
  const data = join(home, "data");
  mkdirSync(data, { recursive: true });
  return SupervisorProcess.start({
    data,
    packages: versions,
    document: { name: DEVICE, deploys: { gateSeconds: GATE_SECONDS } },
  });
}

function saved(home: string, mark: number, envelope: Uint8Array): string {
  const file = join(home, `heating-${mark}.plugin`);
  writeFileSync(file, envelope);
  return file;
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
