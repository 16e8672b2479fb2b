import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { systemProgram } from "../support/system.ts";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** By name, of what was measured and what it ran on. */
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  return {
    processor: `${cpus()[0]?.model.trim() ?? "unknown"}, ${process.arch}`,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `Linux ${release()}`,
    versions: {
      Node: process.versions.node,
      V8: process.versions.v8,
      "node:sqlite": process.versions.sqlite ?? "",
      libwasmtime: readJson("../../runtime/wasmtime/build/lock.json").wasmtime.version,
      aedes: readJson("../../package.json").dependencies.aedes,
      "MQTT.js": readJson("../../package.json").dependencies.mqtt,
      "Node-RED": readJson("peers/package.json").dependencies["node-red"],
      "node-red-contrib-aedes": readJson("peers/package.json").dependencies["node-red-contrib-aedes"],
      mosquitto: mosquittoVersion(),
      "Extism JS": readJson("wasmtime/peers/package.json").dependencies["@extism/extism"],
    },
  };
}

function mosquittoVersion(): string {
  const { stdout } = spawnSync(systemProgram("mosquitto"), ["-h"], { encoding: "utf8" });
  return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
}

function readJson(path: string) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}
