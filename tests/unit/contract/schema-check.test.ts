import fc from "fast-check";
import { Check } from "typebox/value";
import { expect, test } from "vitest";
import { DeviceDocument, Manifest, parse, StepppsError } from "../../../runtime/contract/index.ts";
import { checkSchema } from "../../../runtime/contract/schema-check.ts";

const MANIFEST = {
  abi: 1,
  name: "lights",
  version: "1.0.0",
  handlers: [{ kind: "message", filter: "a/+", method: "on" }],
  capabilities: { publish: ["b"], timers: true, state: false },
  config: [{ name: "limit", type: "f64", default: 1, min: 0 }],
  state: [{ name: "x", type: "i32" }],
  limits: { memoryBytes: 65_536, deadlineMs: 10, effectBytes: 2048 },
  durability: "durable",
};
const DOCUMENT = {
  name: "edge",
  mqtt: { port: 1883 },
  web: { port: 0 },
  plugins: { lights: { enabled: true, config: { limit: 3, on: true, name: "x" } } },
};

/** `value` with one place in it replaced, removed or added. */
const mutated = (value: object) =>
  fc
    .tuple(
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 1.5, "", "A b", "1.0.0", true, null)),
    )
    .map(([route, put]) => {
      const copy = structuredClone(value);
      let at: Record<string, unknown> = copy as never;
      for (const [depth, step] of route.entries()) {
        const keys = Object.keys(at);
        const key = keys[step % (keys.length + 1)] ?? "extra";
        const inner = at[key];
        if (depth < route.length - 1 && typeof inner === "object" && inner !== null) at = inner as Record<string, unknown>;
        else {
          at[key] = put;
          break;
        }
      }
      return copy;
    });

test.each([
  ["manifest", Manifest, MANIFEST],
  ["document", DeviceDocument, DOCUMENT],
] as const)("agrees with typebox on every %s", (_, schema, good) => {
  expect(checkSchema(schema, good)).toEqual([]);
  fc.assert(
    fc.property(fc.oneof(mutated(good), fc.jsonValue()), (value) => {
      expect(checkSchema(schema, value).length === 0).toBe(Check(schema, value));
    }),
    { numRuns: 2000 },
  );
});

test("a fault names its place and what would be right", () => {
  const faults = (value: unknown) => checkSchema(DeviceDocument, value).map(({ path, message }) => `${path} ${message}`);
  expect(faults({ mqtt: { port: "x" } })).toEqual(["/mqtt/port must be a whole number"]);
  expect(faults({ colour: 1 })).toEqual(["/colour is not known here"]);
  expect(faults({ web: { port: 70_000 } })).toEqual(["/web/port must be at most 65535"]);
  expect(faults({ plugins: { lights: { config: { a: [] } } } })).toEqual([
    "/plugins/lights/config/a must be a text or must be a number or must be true or false",
  ]);
  expect(() => parse(DeviceDocument, { name: "" }, "E_DOCUMENT")).toThrow(StepppsError);
});
