import { join } from "node:path";
import { type SupervisorOptions, startProgram } from "../contestants/supervisor.ts";
import { freePort } from "../proc.ts";
import { median, quantile } from "../quantile.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Suite } from "../suite.ts";
import { withPlugins } from "./idle.ts";

const STARTS = 15;

const NAMES = {
  one: "start to first plugin message handled, 1 plugin, warm",
  ten: "start to first plugin message handled, 10 plugins, warm",
  worst: "start to first plugin message handled, 10 plugins, the slowest",
} as const;

export const start: Suite = {
  name: "start",
  about:
    `From the moment the command is run until a message that another process publishes comes out of the relay plugin; ${STARTS} starts after a first ` +
    "one, each from the data directory that the one before left behind; medians.",
  expects: [
    { name: NAMES.ten, unit: "ms", bound: "<= 400" },
    { name: NAMES.one, unit: "ms", bound: "<= 400" },
    { name: NAMES.worst, unit: "ms", bound: null },
  ],
  async run({ quick, quiet, folder, results, say }) {
    const starts = quick ? 3 : STARTS;
    const times = async (plugins: number) => {
      const options = await withPlugins(join(folder, `start-${plugins}`), plugins);
      await timeStart(options);
      const found: number[] = [];
      for (let i = 0; i < starts; i++) found.push(await quiet.watch(() => timeStart(options)));
      say(`  ${plugins} plugins: ${found.map((millis) => Math.round(millis)).join(" ")} ms`);
      return found;
    };
    const ten = await times(10);
    results.record(NAMES.ten, median(ten));
    results.record(NAMES.worst, quantile(ten, 1));
    results.record(NAMES.one, median(await times(1)));
  },
};

async function timeStart(options: SupervisorOptions): Promise<number> {
  const mqttPort = await freePort();
  const began = performance.now();
  await using _program = await startProgram({ ...options, mqttPort });
  await awaitRelay(mqttPort, 0);
  return performance.now() - began;
}
