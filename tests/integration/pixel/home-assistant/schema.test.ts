import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { SystemStatus } from "../../../../runtime/contract/index.ts";
import { discoveryConfig, homeAssistantStates } from "../../../../runtime/pixel/home-assistant/index.ts";
import { type HomeAssistantPython, homeAssistantPython } from "../../../support/home-assistant/python.ts";
import { samplePlugin, sampleStatus } from "../../../support/sample-view.ts";

const CHECK = fileURLToPath(new URL("../../../support/home-assistant/check.py", import.meta.url));
const CACHE = fileURLToPath(new URL("../../../../.cache", import.meta.url));

let python: HomeAssistantPython;
beforeAll(() => {
  python = homeAssistantPython(CACHE);
}, 180_000);

/** What Home Assistant makes of each: entities with what they show, by their unique id, or why it takes none. */
function asHomeAssistant(requests: readonly { payload: string; states: Record<string, string> }[]) {
  const input = requests.map((request) => JSON.stringify(request)).join("\n");
  const { stdout, stderr, status } = spawnSync(python.command, [...python.args, CHECK], {
    input,
    env: { ...process.env, ...python.env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line): { entities?: Record<string, string | null>; error?: string } => JSON.parse(line));
}

function request(change: Partial<SystemStatus>, buttons = false, gone: readonly string[] = []) {
  const status = { ...sampleStatus(), ...change };
  const payload = JSON.stringify(discoveryConfig(status, { prefix: "homeassistant", buttons, gone }));
  return { payload, states: Object.fromEntries(homeAssistantStates(status, undefined, 0)) };
}

test("Home Assistant's own schemas take the device and its plugins, and its templates find every value", () => {
  const uplink = { url: "mqtts://town:8883", connected: true, waiting: 3 };
  const web = { url: "http://127.0.0.1:8080/", lanUrl: "https://workshop.local:8443/" };
  const healths = (["starting", "healthy", "backing-off", "paused"] as const).map((health, i) =>
    samplePlugin(`p${i}`, { health }),
  );
  const many = Array.from({ length: 200 }, (_, i) => samplePlugin(`plugin-${i}`));
  const [bare, full, large] = asHomeAssistant([
    request({}),
    request({ uplink, web, plugins: healths, startedAt: 0, memoryBytes: 90_000_000 }, true, ["old"]),
    request({ plugins: many }, true),
  ]);
  expect(Object.keys(bare?.entities ?? bare ?? {})).toEqual(
    ["started", "memory", "messages", "dropped"].map((what) => `steppps-workshop.${what}`),
  );
  expect(full?.error).toBeUndefined();
  expect(full?.entities).toMatchObject({
    "steppps-workshop.started": "1970-01-01T00:00:00.000Z",
    "steppps-workshop.memory": "90",
    "steppps-workshop.uplink": "ON",
    "steppps-workshop.waiting": "3",
    "steppps-workshop_p0.health": "starting",
    "steppps-workshop_p1.problem": "OFF",
    "steppps-workshop_p3.problem": "ON",
    "steppps-workshop_p3.version": "1.0.0",
    "steppps-workshop_p3.rollback": null,
  });
  expect(Object.keys(full?.entities ?? {}).filter((id) => id.includes("old"))).toEqual([]);
  expect(large?.error).toBeUndefined();
  expect(Object.keys(large?.entities ?? {})).toHaveLength(4 + 200 * 7);
});

test("they refuse what is wrong: the check is one", () => {
  const good = JSON.parse(request({}).payload);
  const wrong = [
    { ...good, o: undefined },
    { ...good, dev: { name: "no id" } },
    { ...good, cmps: { x: { p: "sensor", stat_t: "a/#/b", uniq_id: "x" } } },
    { ...good, cmps: { x: { p: "sensor", stat_t: "a", uniq_id: "x", dev_cla: "nonsense" } } },
    { ...good, cmps: { x: { p: "sensor", stat_t: "a", uniq_id: "x", nonsense: 1 } } },
    { ...good, cmps: { x: { p: "sensor", stat_t: "a" } } },
  ];
  const answers = asHomeAssistant(wrong.map((payload) => ({ payload: JSON.stringify(payload), states: { a: "{}" } })));
  expect(answers.map(({ error }) => error !== undefined)).toEqual(wrong.map(() => true));
});
