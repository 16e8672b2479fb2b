import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeResult } from "../author/sign.ts";

const EXAMPLES = fileURLToPath(new URL("../../../assembly/examples", import.meta.url));
const MODELS = fileURLToPath(new URL("../../../assembly/models", import.meta.url));
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
  /** What its stamp is kept under. */
  readonly key: string;
  readonly folder: string;
  /** Of its source and the version that compiles it. */
  readonly stamp: string;
}

/**
 * Compiles and signs the examples whose source is new to this device, and deploys them the way any plugin or model is: over MQTT.
 * In a process of its own, as the compiler takes some hundred MB that the supervisor would never give back. Models come first: a plugin
 * that asks one has an answer then.
 */
export async function deployExamples({ data, version, device, mqttUrl, signal, say }: ExamplesPorts): Promise<void> {
  const stamps = readStamps(data);
  const stale = (examples: readonly Example[]) => examples.filter(({ key, stamp }) => stamps[key] !== stamp);
  const models = stale(findExamples(MODELS, ["model.yaml", "model.onnx"], version, "models/"));
  const plugins = stale(findExamples(EXAMPLES, ["plugin.ts"], version));
  if (models.length + plugins.length === 0) return;
  const target = ["--json", "--data", data, "--broker", mqttUrl, "--device", device];
  const done = ({ key, stamp }: Example, line: string) => {
    say(line);
    writeResult(data, STAMPS, JSON.stringify({ ...readStamps(data), [key]: stamp }));
  };
  for (const model of models) {
    for await (const { name, version: deployed, millis } of run(["model", "deploy", ...target, model.folder], signal))
      done(model, `  the model ${name} ${deployed} answers · ${millis} ms`);
  }
  if (plugins.length === 0) return;
  say(`compiling, signing and deploying ${plugins.length} example plugins, this once`);
  for await (const result of run(["plugin", "deploy", ...target, ...plugins.map(({ folder }) => folder)], signal)) {
    const { path, plugin, version: deployed, millis } = result;
    const example = plugins.find(({ folder }) => folder === path);
    if (example) done(example, `  ${plugin} ${deployed} runs · ${millis} ms`);
  }
}

/** What a command says, line by line. */
async function* run(args: readonly string[], signal: AbortSignal): AsyncGenerator<Readonly<Record<string, string>>> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"], signal });
  child.on("error", () => {});
  for await (const line of createInterface(child.stdout)) yield JSON.parse(line);
}

function readStamps(data: string): Readonly<Record<string, string>> {
  try {
    const stamps: unknown = JSON.parse(readFileSync(join(data, STAMPS), "utf8"));
    return typeof stamps === "object" && stamps !== null ? (stamps as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** The folders below `root` that have these files. */
function findExamples(root: string, files: readonly string[], version: string, prefix = ""): Example[] {
  return readdirSync(root)
    .sort()
    .filter((name) => files.every((file) => existsSync(join(root, name, file))))
    .map((name) => {
      const folder = join(root, name);
      const hash = createHash("sha256").update(version);
      for (const file of files) hash.update(readFileSync(join(folder, file)));
      return { key: prefix + name, folder, stamp: hash.digest("hex") };
    });
}
