import { ENGINES, type EngineName, type Supervisor, showPairing, startSupervisor } from "../../boot/index.ts";
import { LOG_LEVELS } from "../../contract/abi.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import { systemClock } from "../../platform/index.ts";
import type { Invocation } from "../command.ts";
import { trustOwner } from "../device/owners.ts";
import { keysDir } from "../keys-dir.ts";
import { ownKey } from "../start/own-key.ts";
import { readVersion } from "../version.ts";

interface Options {
  readonly mqttPort?: string;
  readonly webPort?: string;
  readonly engine?: string;
  readonly log?: string;
  readonly logLevel?: string;
  /** --no-examples */
  readonly examples: boolean;
}

/** Runs until it is asked to stop. */
export async function run(invocation: Invocation<Options>) {
  const { options, out, env, data, signal } = invocation;
  const version = readVersion();
  const mqttPort = port("--mqtt-port", options.mqttPort);
  const webPort = port("--web-port", options.webPort);
  const engine = engineName(options.engine);
  if (options.log !== undefined) oneOf("--log", options.log, ["text", "json"]);
  if (options.logLevel !== undefined) oneOf("--log-level", options.logLevel, LOG_LEVELS);
  // The examples need an owner who signs them; without them a device makes no private key.
  if (options.examples) trustOwner(data, ownKey(keysDir(invocation)).public);
  const ended = new AbortController();
  const supervisor = await startSupervisor({
    broken: (error) => ended.abort(error),
    dataPath: data,
    version,
    clock: systemClock(),
    engine,
    faultSpec: env.STEPPPS_FAULT,
    readings: true,
    ...(mqttPort !== undefined && { mqttPort }),
    ...(webPort !== undefined && { webPort }),
  });
  try {
    const { device, mqttUrl } = supervisor;
    if (options.examples) {
      // The device runs without them: what goes wrong here does not end it.
      const { deployExamples } = await import("../start/examples.ts");
      const deployed = deployExamples({ data, version, device, mqttUrl, signal, say: (line) => out.note(line) });
      await deployed.catch((error: unknown) => out.note(`the examples were not deployed: ${error}`));
    }
    await supervisor.settled;
    onHangup(() => void supervisor.reload(), signal);
    await show(invocation, supervisor, AbortSignal.any([signal, ended.signal]));
  } finally {
    await supervisor.close();
  }
  if (ended.signal.aborted) throw ended.signal.reason;
  return undefined;
}

/** Beyond a terminal SIGHUP means what it means to daemons: read the document again. In one, it has gone. */
function onHangup(reload: () => void, signal: AbortSignal): void {
  if (process.stdout.isTTY) return;
  process.on("SIGHUP", reload);
  signal.addEventListener("abort", () => process.off("SIGHUP", reload), { once: true });
}

/**
 * In a terminal the live view; elsewhere the event log, a JSON object a line. With --json one line that says where everything is,
 * once it is, and the log only where --log asks for it.
 */
async function show({ out, options }: Invocation<Options>, supervisor: Supervisor, signal: AbortSignal) {
  const { device, mqttUrl, webUrl, view } = supervisor;
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const log = options.log ?? (process.stdout.isTTY ? "text" : "json");
  const level = options.logLevel ?? "info";
  if (out.json) out.result({ device, mqttUrl, webUrl, pid: process.pid }, () => "");
  if (out.json && options.log !== "json") return stopped;
  const { jsonLog, liveView } = await import("../../pixel/index.ts");
  const pairing = () => showPairing(supervisor, systemClock(), (line) => out.note(line));
  if (log === "json" || !process.stdout.isTTY) signal.addEventListener("abort", pairing(), { once: true });
  if (log === "json") {
    const end = jsonLog({ events: view.events, out: process.stdout, level: oneOf("--log-level", level, LOG_LEVELS) });
    await stopped;
    return end();
  }
  const live = liveView({ view, out: process.stdout });
  await stopped;
  live.close();
}

function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  if (values.includes(value as T)) return value as T;
  throw new StepppsError("E_CLI_OPTION", `${flag} ${value}: there are ${values.join(", ")}`);
}

function port(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new StepppsError("E_CLI_OPTION", `${flag} ${text}`);
  return number;
}

/** Wasmtime wherever its addon is built; V8 holds no deadlines, so it is for development elsewhere. */
function engineName(name: string | undefined): EngineName {
  const chosen = name ?? (process.platform === "linux" ? "wasmtime" : "v8");
  if (ENGINES.includes(chosen as EngineName)) return chosen as EngineName;
  throw new StepppsError("E_CLI_OPTION", `--engine ${chosen}: there are ${ENGINES.join(", ")}`);
}
