// node build/main.ts [--target NAME]... [--all]: builds the native addon, for this machine unless told otherwise.
import { parseArgs } from "node:util";
import { buildAddon } from "./addon.ts";
import { parseTarget, TARGETS, thisTarget } from "./targets.ts";

const { values } = parseArgs({ options: { target: { type: "string", multiple: true }, all: { type: "boolean" } } });
const targets = values.all ? TARGETS : (values.target?.map(parseTarget) ?? [thisTarget()]);
for (const target of targets) process.stdout.write(`${await buildAddon(target)}\n`);
