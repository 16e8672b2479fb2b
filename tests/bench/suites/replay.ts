import { execFile } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { COMMAND, SupervisorProcess } from "../contestants/supervisor.ts";
import { runLoad } from "../load/run-load.ts";
import { RelayPackages } from "../relay/package.ts";
import type { Suite } from "../suite.ts";

const RATE = 5_000;
const INPUTS = 1_000_000;
const QUICK_INPUTS = 20_000;
const run = promisify(execFile);

const NAMES = {
  times: `replay: how much faster than the inputs came, at ${RATE}/s`,
  differing: "replay: inputs that came out otherwise",
  inputs: "replay: inputs",
  perInput: "replay: the recording, bytes per input",
} as const;

export const replay: Suite = {
  name: "replay",
  about:
    "A device takes a million messages at 5,000 a second (QoS 1, so their batches are as small as they are in life); 'steppps record' saves " +
    "them, and 'steppps replay' handles them again in a process of its own, whose start is in the time.",
  expects: [
    { name: NAMES.times, unit: "x", bound: ">= 10" },
    { name: NAMES.differing, unit: "", bound: "<= 0" },
    { name: NAMES.inputs, unit: "", bound: null },
    { name: NAMES.perInput, unit: "B", bound: null },
  ],
  async run({ folder, quick, quiet, results, say }) {
    const wanted = quick ? QUICK_INPUTS : INPUTS;
    const packages = await RelayPackages.compile();
    const data = join(folder, "replay");
    mkdirSync(data, { recursive: true });
    const file = join(folder, "relay.recording");
    {
      const plugins = { relay: { config: { qos: 1 }, historyMegabytes: 4096 } };
      const document = { name: "bench", retention: { journalMegabytes: 8192 }, plugins };
      await using supervisor = await SupervisorProcess.start({ data, packages, document });
      await supervisor.deploy(packages, [{ name: "relay", filter: "bench/in", durability: "durable" }]);
      const load = { port: supervisor.port, topic: "bench/in", filter: "bench/out", qos: 1, rate: RATE } as const;
      const { inPerSecond } = await runLoad({ ...load, warmupSeconds: 2, seconds: wanted / RATE });
      say(`  recorded at ${Math.round(inPerSecond)}/s`);
      await run(process.execPath, [COMMAND, "record", "relay", file, "--data", data, "--json"]);
    }
    const began = performance.now();
    const { inputs, differing } = await quiet.watch(() => replayed(file, data));
    const seconds = (performance.now() - began) / 1000;
    say(`  ${inputs} inputs in ${seconds.toFixed(1)} s`);
    if (inputs < wanted) throw new Error(`${inputs} inputs were recorded, ${wanted} were to be`);
    results.record(NAMES.times, inputs / RATE / seconds);
    results.record(NAMES.differing, differing);
    results.record(NAMES.inputs, inputs);
    results.record(NAMES.perInput, statSync(file).size / inputs);
  },
};

async function replayed(file: string, data: string): Promise<{ inputs: number; differing: number }> {
  const args = [COMMAND, "replay", file, "--data", data, "--engine", "wasmtime", "--json"];
  // It fails where something differs, after it said what.
  const { stdout } = await run(process.execPath, args).catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error;
    return { stdout: error.stdout };
  });
  return JSON.parse(stdout);
}
