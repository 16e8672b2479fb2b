import { expect, test } from "vitest";
import { DEFAULT_LIMITS, Manifest, parse } from "../../../../../runtime/contract/index.ts";
import { collected, plugin } from "./collected.ts";

test("everything that a source states", async () => {
  const { manifest, said } = await collected(`
import { on } from "steppps";
const ALERTS = "alerts/all";
class Window { count: i32 = 0; sum: f64 = 0; }
/**
 * Watches a room.
 * Carefully.
 */
@workflow({ version: "1.2.3-rc.1", durability: "memory", limits: { deadlineMs: 250 } })
@publishes("lights/+/set", "raw/#")
export class RoomWatch {
  /** Which room */
  @config room: string = "kitchen";
  @config({ min: -40, max: 60.5, doc: "In °C" }) limit: f64 = -2.5;
  @config("Quietly") quiet: bool = true;
  @config count: i32 = 1_000;
  @config big: i64 = 5;
  @config pause: Duration = duration("90s");
  @state seen: StateMap<string, Window> = new StateMap();
  @state last: f64[] = [];
  @state names: Array<string> = [];
  @on("sensors/{room}/+") reading(message: Message): void {
    publish(\`rooms/\${this.room}/state\`, "");
    publish(ALERTS, "");
    publish("plain/" + this.room, "");
    publish(\`lights/\${message.level(2)}/set\`, "");
    publish("lights/hall/set", "");
    startTimer(\`off/\${this.room}\`, this.pause);
  }
  @every("1m") @cron("*/5 7-9 * jan,feb mon-fri") tick(): void {}
  @timer("off/+") off(message: Message): void {}
  twice(x: i32): i32 { return x; }
}`);
  expect(said).toEqual([]);
  expect(manifest).toEqual({
    abi: 1,
    name: "room-watch",
    version: "1.2.3-rc.1",
    description: "Watches a room. Carefully.",
    handlers: [
      { kind: "message", filter: "sensors/{room}/+", method: "reading" },
      { kind: "every", period: 60_000, method: "tick" },
      { kind: "cron", expression: "*/5 7-9 * jan,feb mon-fri", method: "tick" },
      { kind: "timer", name: "off/+", method: "off" },
    ],
    capabilities: {
      publish: ["lights/+/set", "raw/#", "rooms/{room}/state", "alerts/all", "plain/{room}"],
      timers: true,
      state: true,
    },
    config: [
      { name: "room", type: "string", default: "kitchen", doc: "Which room" },
      { name: "limit", type: "f64", default: -2.5, min: -40, max: 60.5, doc: "In °C" },
      { name: "quiet", type: "bool", default: true, doc: "Quietly" },
      { name: "count", type: "i32", default: 1000 },
      { name: "big", type: "i64", default: 5 },
      { name: "pause", type: "duration", default: "90s" },
    ],
    state: [
      { name: "seen", type: "StateMap<string, Window>" },
      { name: "last", type: "f64[]" },
      { name: "names", type: "Array<string>" },
    ],
    limits: { ...DEFAULT_LIMITS, deadlineMs: 250 },
    durability: "memory",
  });
  expect(parse(Manifest, manifest)).toBe(manifest);
});

test("what a plugin does not use it may not do", async () => {
  const { manifest } = await collected(plugin('@on("a") f(): void {}'));
  expect(manifest?.capabilities).toEqual({ publish: [], timers: false, state: false });
});

test("topics of imported files count", async () => {
  const { manifest, said } = await collected({
    "plugin.ts": `import { say } from "./lib/say";\n${plugin('@on("a") f(): void { say(); }')}`,
    "lib/say.ts":
      'import { publish } from "steppps";\nimport { other } from "../other";\nexport function say(): void { publish("said", ""); }',
    "other.ts": 'export function other(): void { publish("other", ""); startTimer("t", 5); }',
  });
  expect(said).toEqual(['1: no handler takes this timer | put @timer("t") above a method']);
  expect(manifest).toBeUndefined();
});
