import { mkdirSync, mkdtempSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { startMosquitto } from "../contestants/mosquitto.ts";
import { SupervisorProcess } from "../contestants/supervisor.ts";
import { relay } from "../link/relay.ts";
import { makePayload, writeNumber } from "../load/wire.ts";
import { RelayPackages } from "../relay/package.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Suite } from "../suite.ts";
import { Kept } from "../uplink/kept.ts";
import { Listener } from "../uplink/listener.ts";

/** What an hour brings: the plugin's outputs, a meter's readings, and chatter for which there is no room. */
const HOUR = { outputs: 3_600, meters: 3_600, chatter: 72_000 } as const;
const SPILL_MEGABYTES = 4;
const PARTS = 60;
const PATIENCE_MS = 120_000;
const SETTLE_MS = 2_000;

const NAMES = {
  arrived: "uplink: messages with priority that arrived after the hour, of those sent",
  disorder: "uplink: messages with priority out of order",
  twice: "uplink: stable ids that arrived twice, or with two contents",
  kept: "uplink: kept on disk at the end of the hour, of the bound",
  chatter: "uplink: messages without priority that arrived, as many as there was room for",
  sent: "uplink: messages of the hour",
  file: "uplink: what the journal's files grew by at most meanwhile",
  seconds: "uplink: from the broker's return until all had arrived",
} as const;

export const uplink: Suite = {
  name: "uplink",
  about:
    `The supervisor's uplink is a mosquitto, which is stopped. An hour's traffic comes, at once: ${HOUR.outputs} outputs of a durable plugin ` +
    `(priority 9), ${HOUR.meters} readings of a meter (priority 5), ${HOUR.chatter} other messages without priority, 256 B and QoS 1 each, ` +
    `with ${SPILL_MEGABYTES} MB of room. Then mosquitto is started again, with a subscriber there.`,
  expects: [
    { name: NAMES.arrived, unit: "%", bound: ">= 100" },
    { name: NAMES.disorder, unit: "", bound: "<= 0" },
    { name: NAMES.twice, unit: "", bound: "<= 0" },
    { name: NAMES.kept, unit: "%", bound: "<= 100" },
    { name: NAMES.sent, unit: "", bound: null },
    { name: NAMES.chatter, unit: "", bound: null },
    { name: NAMES.file, unit: "MB", bound: null },
    { name: NAMES.seconds, unit: "s", bound: null },
  ],
  async run({ folder, quick, quiet, results, say }) {
    const share = quick ? 0.1 : 1;
    const hour = { outputs: HOUR.outputs * share, meters: HOUR.meters * share, chatter: HOUR.chatter * share };
    const found = await quiet.watch(() => outage(mkdtempSync(join(folder, "uplink-")), hour, say));
    const { listener, bytes, grownMegabytes, seconds } = found;
    const priority = [listener.of("bench/out"), listener.of("bench/meter")];
    const arrived = priority.reduce((sum, { numbers }) => sum + new Set(numbers).size, 0);
    results.record(NAMES.arrived, (100 * arrived) / (hour.outputs + hour.meters));
    results.record(
      NAMES.disorder,
      priority.reduce((sum, { disorder }) => sum + disorder, 0),
    );
    results.record(NAMES.twice, listener.repeated);
    results.record(NAMES.kept, (100 * bytes) / (SPILL_MEGABYTES * 1e6));
    results.record(NAMES.sent, hour.outputs + hour.meters + hour.chatter);
    results.record(NAMES.chatter, listener.of("bench/chatter").numbers.length);
    results.record(NAMES.file, grownMegabytes);
    results.record(NAMES.seconds, seconds);
  },
};

async function outage(home: string, hour: { outputs: number; meters: number; chatter: number }, say: (line: string) => void) {
  const data = join(home, "data");
  mkdirSync(data, { recursive: true });
  await using stack = new AsyncDisposableStack();
  let broker = await startMosquitto(home);
  stack.defer(() => broker.program[Symbol.asyncDispose]());
  // The device always dials the same port; what is behind it goes and comes back.
  const way = await relay({ dial: () => dial({ port: broker.port, host: "127.0.0.1", noDelay: true }) });
  stack.defer(() => way.close());
  const packages = await RelayPackages.compile();
  const rules = [
    { direction: "out", filter: "bench/out", priority: 9, qos: 1 },
    { direction: "out", filter: "bench/meter", priority: 5 },
    { direction: "out", filter: "bench/chatter", priority: 0 },
  ] as const;
  const supervisor = stack.use(
    await SupervisorProcess.start({
      data,
      packages,
      document: {
        name: "bench",
        plugins: { relay: { config: { qos: 1 } } },
        uplink: { url: `mqtt://127.0.0.1:${way.port}`, rules: [...rules], spillMegabytes: SPILL_MEGABYTES },
      },
    }),
  );
  await supervisor.deploy(packages, [{ name: "relay", filter: "bench/in", durability: "durable" }]);
  await awaitRelay(supervisor.port, 1);
  // What that brought goes out first.
  await sleep(SETTLE_MS);
  const here = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  stack.defer(() => here.endAsync(true));
  await broker.program[Symbol.asyncDispose]();
  using kept = new Kept(join(data, "journal.db"));
  await bringAnHour(here, hour);
  await sleep(SETTLE_MS);
  const bytes = kept.bytes(home);
  const { grownMegabytes } = kept;
  say(`  ${Math.round(bytes / 1024)} KiB kept`);

  const back = await startMosquitto(home);
  const listener = await Listener.start(back.port, ["bench/out", "bench/meter", "bench/chatter"]);
  stack.defer(() => listener.close());
  broker = back;
  const began = performance.now();
  const missing = () =>
    hour.outputs + hour.meters - listener.of("bench/out").numbers.length - listener.of("bench/meter").numbers.length;
  await listener.until(() => missing() <= 0, PATIENCE_MS);
  await listener.silence();
  return { listener, bytes, grownMegabytes, seconds: (listener.lastAt - began) / 1000 };
}

/** In an hour's order, a minute at a time. */
async function bringAnHour(client: MqttClient, hour: { outputs: number; meters: number; chatter: number }): Promise<void> {
  for (let part = 0; part < PARTS; part++) {
    const of = (topic: string, count: number) => {
      const each = count / PARTS;
      return Array.from({ length: each }, (_, i) => client.publishAsync(topic, numbered(part * each + i), { qos: 1 }));
    };
    await Promise.all([...of("bench/in", hour.outputs), ...of("bench/meter", hour.meters), ...of("bench/chatter", hour.chatter)]);
  }
}

function numbered(number: number): Buffer {
  const payload = makePayload(5);
  writeNumber(payload, 0, number);
  return payload;
}
