import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeResult } from "../author/sign.ts";

const EXAMPLES = fileURLToPath(new URL("../../../assembly/examples", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../steppps.ts", import.meta.url));

/** In the data directory, by example: the SHA-256 of the source that was deployed last. One that a person removed since is left alone. */
const STAMPS = "examples.json";

export interface ExamplesPorts {
  /** The data directory. */
  readonly data: string;
  readonly version: string;
  /** How the supervisor is reached. */
  readonly device: string;
  readonly mqttUrl: string;
  readonly signal: AbortSignal;
  say(line: string): void;
}

interface Example {
  readonly folder: string;
  /** Of its source and the version that compiles it. */
  readonly stamp: string;
}

/**
 * Compiles and signs the examples whose source is new to this device, and deploys them the way any plugin is: over MQTT.
 * In a process of its own, as the compiler takes some hundred MB that the supervisor would never give back.
 */
export async function deployExamples({ data, version, device, mqttUrl, signal, say }: ExamplesPorts): Promise<void> {
  const stamps = readStamps(data);
  const stale = findExamples(version).filter(({ folder, stamp }) => stamps[folder] !== stamp);
  if (stale.length === 0) return;
  say(`compiling, signing and deploying ${stale.length} example plugins, this once`);
  const target = ["--json", "--data", data, "--broker", mqttUrl, "--device", device];
  const paths = stale.map(({ folder }) => join(EXAMPLES, folder));
  const child = spawn(process.execPath, [PROGRAM, "plugin", "deploy", ...target, ...paths], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  child.on("error", () => {});
  for await (const line of createInterface(child.stdout)) {
    const { path, plugin, version: deployed, millis }: Record<string, string> = JSON.parse(line);
    const done = stale.find(({ folder }) => join(EXAMPLES, folder) === path);
    if (!done) continue;
    say(`  ${plugin} ${deployed} runs · ${millis} ms`);
    writeResult(data, STAMPS, JSON.stringify({ ...readStamps(data), [done.folder]: done.stamp }));
  }
}

function readStamps(data: string): Readonly<Record<string, string>> {
  try {
    const stamps: unknown = JSON.parse(readFileSync(join(data, STAMPS), "utf8"));
    return typeof stamps === "object" && stamps !== null ? (stamps as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function findExamples(version: string): Example[] {
  const entries = readdirSync(EXAMPLES)
    .sort()
    .map((folder) => join(EXAMPLES, folder, "plugin.ts"))
    .filter((entry) => existsSync(entry));
  return entries.map((entry) => ({
    folder: dirname(entry).slice(EXAMPLES.length + 1),
    stamp: createHash("sha256").update(version).update(readFileSync(entry)).digest("hex"),
  }));
}
