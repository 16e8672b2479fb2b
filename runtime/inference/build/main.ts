// node runtime/inference/build/main.ts [--target NAME]... [--all]: builds the worker and the shared-memory addon, for this machine
// unless told otherwise.
import { parseArgs } from "node:util";
import { buildMemoryAddon } from "../../memory/build/addon.ts";
import { parseTarget, TARGETS, thisTarget } from "../../wasmtime/build/targets.ts";
import { buildWorker, workerTarget } from "./worker.ts";

const { values } = parseArgs({ options: { target: { type: "string", multiple: true }, all: { type: "boolean" } } });
const targets = values.all ? TARGETS : (values.target?.map(parseTarget) ?? [thisTarget()]);
for (const target of targets) process.stdout.write(`${await buildMemoryAddon(target)}\n`);
for (const target of new Set(targets.map(workerTarget))) process.stdout.write(`${(await buildWorker(target)).program}\n`);
