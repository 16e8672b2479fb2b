import type { Suite } from "../suite.ts";
import { durable } from "./durable.ts";
import { flat } from "./flat.ts";
import { idle } from "./idle.ts";
import { mqtt } from "./mqtt.ts";
import { assembly, broker, store, wasmtime } from "./scripts.ts";
import { start } from "./start.ts";

/** Everything that `npm run bench` measures, in order. */
export const SUITES: readonly Suite[] = [wasmtime, assembly, store, broker, start, idle, durable, flat, mqtt];
