import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, describeAsk, type Manifest, topicMatches } from "../../../../runtime/contract/index.ts";
import { asksOf } from "../../../../runtime/script/deploy/asks.ts";
import { describeVersion } from "../../../../runtime/script/plugin/version.ts";

function version(change: Partial<Manifest> = {}, config: Record<string, string> = {}) {
  const manifest: Manifest = {
    abi: 1,
    name: "lamp",
    version: "1.0.0",
    handlers: [{ kind: "message", filter: "home/{room}/motion", method: "motion" }],
    capabilities: { publish: ["home/{room}/lamp"], timers: false, state: false },
    config: [{ name: "room", type: "string", default: "hall" }],
    state: [],
    limits: DEFAULT_LIMITS,
    durability: "durable",
    ...change,
  };
  return describeVersion(manifest, config);
}

const lines = (...[now, next]: Parameters<typeof asksOf>) => asksOf(now, next).map(describeAsk);

test("a first version asks for nothing: its owner's signature is the approval", () => {
  expect(lines(undefined, version({ capabilities: { publish: ["#"], timers: true, state: true } }))).toEqual([]);
});

test("a version that may do the same, or less, asks for nothing", () => {
  expect(lines(version(), version({ version: "2.0.0" }))).toEqual([]);
  const wide = version({ capabilities: { publish: ["home/#"], timers: true, state: true } });
  expect(lines(wide, version())).toEqual([]);
});

test("everything more is a line of its own, with the settings filled in", () => {
  const more = version({
    handlers: [{ kind: "message", filter: "home/+/motion", method: "motion" }],
    capabilities: { publish: ["home/{room}/lamp", "home/{room}/siren"], timers: true, state: true },
    limits: { ...DEFAULT_LIMITS, memoryBytes: 33_554_432 },
    durability: "memory",
  });
  expect(lines(version(), more)).toEqual([
    "publish to home/hall/siren",
    "receive home/+/motion",
    "set timers",
    "keep state",
    "bytes of memory of 33554432 in place of 16777216",
    "keep its state in memory only, so that it is lost with the process",
  ]);
});

test("no asks to publish means that no topic is new", () => {
  const level = fc.constantFrom("a", "b", "+");
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([levels, rest]) => [...levels, ...(rest ? ["#"] : [])].join("/"));
  const topic = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
  const publish = fc.array(filter, { maxLength: 3 });
  fc.assert(
    fc.property(publish, publish, topic, (before, after, name) => {
      const rights = (filters: string[]) => version({ capabilities: { publish: filters, timers: false, state: false } });
      if (asksOf(rights(before), rights(after)).length > 0) return;
      if (after.some((outer) => topicMatches(outer, name))) expect(before.some((outer) => topicMatches(outer, name))).toBe(true);
    }),
  );
});
