import { decode } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConfigField, DEFAULT_LIMITS, type Manifest, StepppsError, topicMatches } from "../../../runtime/contract/index.ts";
import { createGrants } from "../../../runtime/script/plugin/grants.ts";
import { fillPattern } from "../../../runtime/script/plugin/pattern.ts";
import { encodeSettings, resolveSettings } from "../../../runtime/script/plugin/settings.ts";

const manifest = (config: ConfigField[], publish: string[] = []): Manifest => ({
  abi: 1,
  name: "lamp",
  version: "1.0.0",
  handlers: [{ kind: "message", filter: "a", method: "a" }],
  capabilities: { publish, timers: false, state: false },
  config,
  state: [],
  limits: DEFAULT_LIMITS,
  durability: "durable",
});

describe("settings", () => {
  const lamp = manifest([
    { name: "room", type: "string", default: "hall" },
    { name: "after", type: "duration", default: "3m", min: 1000 },
    { name: "level", type: "i32", min: 1, max: 254 },
    { name: "factor", type: "f64", default: 0.5 },
    { name: "loud", type: "bool", default: false },
  ]);

  test("are the document's where given, else the code's", () => {
    const settings = resolveSettings(lamp, { level: 7, after: "1.5h" });
    expect(settings).toEqual({ room: "hall", after: 5_400_000, level: 7, factor: 0.5, loud: false });
    expect(Object.fromEntries(decode(encodeSettings(lamp, settings)))).toEqual(settings);
  });

  test.each([
    [{}, "level has no value"],
    [{ level: 7, lamp: 1 }, "lamp is not a setting"],
    [{ level: 0 }, "between 1 and 254"],
    [{ level: 2.5 }, "whole number"],
    [{ level: "7" }, "number"],
    [{ level: 2 ** 40 }, "32 bits"],
    [{ level: 7, after: "soon" }, "soon"],
    [{ level: 7, after: "10ms" }, "between 1000"],
    [{ level: 7, room: true }, "text"],
    [{ level: 7, loud: "yes" }, "true or false"],
    [{ level: 7, factor: Number.POSITIVE_INFINITY }, "number"],
  ])("%j are refused", (given, why) => {
    expect(() => resolveSettings(lamp, given as never)).toThrowError(why);
  });
});

test("a setting brings no wildcard into a topic", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (room) => {
      try {
        const filter = fillPattern("home/{room}/set", { room });
        expect(filter).toBe(`home/${room}/set`);
        expect(filter).not.toMatch(/[+#\0]/);
      } catch (error) {
        expect((error as StepppsError).code).toBe("E_PLUGIN_CONFIG");
      }
    }),
  );
});

test("grants allow what a filter matches and nothing else, however often they are asked", () => {
  const level = fc.constantFrom("a", "b", "+", "#", "", "steppps", "$SYS");
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
  const filters = ["a/+", "b/#", "steppps/#", "+/b/+"];
  const grants = createGrants(manifest([], filters), filters);
  fc.assert(
    fc.property(topic, (name) => {
      const wild = name.includes("+") || name.includes("#") || name === "";
      const reserved = name.startsWith("steppps") || name.startsWith("$");
      const allowed = !wild && !reserved && filters.some((filter) => topicMatches(filter, name));
      const outcome = () => {
        try {
          grants.publish(name);
          return true;
        } catch (error) {
          expect(error).toBeInstanceOf(StepppsError);
          return false;
        }
      };
      expect([outcome(), outcome()]).toEqual([allowed, allowed]);
    }),
  );
});
