import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, type Manifest } from "../../../runtime/contract/index.ts";
import { Routes } from "../../../runtime/script/host/routes.ts";
import { createGrants } from "../../../runtime/script/plugin/grants.ts";

const MANIFEST: Manifest = {
  abi: 1,
  name: "lamp",
  version: "1.0.0",
  handlers: [{ kind: "message", filter: "a", method: "a" }],
  capabilities: { publish: ["#"], timers: false, state: false },
  config: [],
  state: [],
  limits: DEFAULT_LIMITS,
  durability: "durable",
};

/** Bytes of the heap in use once everything unused is gone. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("a sender of many long topics does not fill the memory with them", () => {
  const routes = new Routes();
  const grants = createGrants(MANIFEST, ["#"]);
  const before = heap();
  for (let i = 0; i < 3000; i++) {
    const topic = Buffer.alloc(20_000, "x").toString("latin1") + i;
    routes.match(topic);
    grants.publish(topic);
  }
  expect(heap() - before).toBeLessThan(10 << 20);
  // Both are still in use here.
  expect(routes.match("a")).toEqual([]);
  expect(() => grants.publish("steppps/a")).toThrow("E_PLUGIN_DENIED");
});
