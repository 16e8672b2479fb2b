import { encode } from "cbor-x";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeInput, encodeInputs, encodeTensors, type Input, utf8 } from "../../../runtime/contract/index.ts";
import { type SandboxEngine, v8Engine, wasmtimeEngine } from "../../../runtime/script/index.ts";
import { type Built, build } from "./guests.ts";

let puppet: Built;
let asker: Built;
let engines: SandboxEngine[] = [];
beforeAll(async () => {
  [puppet, asker] = (await build("puppet", "asker")) as [Built, Built];
  engines = [wasmtimeEngine({ instances: 8, memoryBytes: 16 * 1024 * 1024, threads: 1, inline: false }), v8Engine()];
});
afterAll(() => {
  for (const engine of engines) engine.close();
});

const CONFIGURE: Input = {
  kind: "configure",
  handler: 0,
  time: 0,
  seed: 0n,
  name: "",
  payload: new Uint8Array([0xa0]),
  meta: new Uint8Array(0),
};

/** Handlers whose outcome does not depend on an engine's own limits. */
const METHODS = {
  add: "do/add",
  hush: "do/hush",
  set: "do/timer",
  cancel: "do/cancel",
  put: "do/put",
  refuse: "do/reject",
  trap: "do/trap",
  fail: "do/abort",
  storm: "do/storm",
};

const words = fc.oneof(
  fc
    .array(fc.oneof(fc.integer({ min: -5, max: 400 }).map(String), fc.constantFrom("a", "b", "1d", "ü", "")), { maxLength: 3 })
    .map((list) => utf8(list.join(" "))),
  fc.uint8Array({ maxLength: 40 }),
);
const moment = { time: fc.integer({ min: 0, max: 4_000_000_000_000 }), seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) };

const input = fc
  .record({ method: fc.constantFrom(...Object.keys(METHODS)) as fc.Arbitrary<keyof typeof METHODS>, words, ...moment })
  .map(({ method, words, time, seed }): Input => {
    const handler = puppet.manifest.handlers.findIndex((one) => one.method === method);
    return { kind: "message", handler, time, seed, name: METHODS[method], payload: words, meta: new Uint8Array(0) };
  });

/** What asks models, and answers of any kind: frames of tensors, and bytes that are none. */
const frame = fc
  .array(fc.float({ noNaN: true }), { maxLength: 6 })
  .map((values) =>
    encodeTensors([{ dtype: "float32", dims: [1, values.length], bytes: new Uint8Array(new Float32Array(values).buffer) }]),
  );
const answer = fc.record({
  tag: fc.string({ maxLength: 8 }),
  code: fc.option(fc.constant("E_INFER_DEADLINE"), { nil: undefined }),
});
const asked = fc.oneof(
  fc
    .record({ method: fc.constantFrom("numbers", "many", "chain", "payload", "bad"), words, ...moment })
    .map(({ method, words, time, seed }): Input => {
      const handler = asker.manifest.handlers.findIndex((one) => one.method === method);
      return { kind: "message", handler, time, seed, name: `ask/${method}`, payload: words, meta: new Uint8Array(0) };
    }),
  fc
    .record({
      model: fc.constantFrom("double", "length"),
      payload: fc.oneof(frame, fc.uint8Array({ maxLength: 40 })),
      answer,
      ...moment,
    })
    .map(({ model, payload, answer, time, seed }): Input => {
      const handler = asker.manifest.handlers.findIndex((one) => one.kind === "inference" && one.model === model);
      return { kind: "inference", handler, time, seed, name: model, payload, meta: new Uint8Array(encode(answer)) };
    }),
);

test.each([
  ["messages, state and timers", () => puppet, input],
  ["models", () => asker, asked],
] as const)(
  "%s: Wasmtime and V8 come to the same effects, byte for byte, and stop at the same input",
  async (_, guest, inputs) => {
    const { wasm, manifest } = guest();
    const guests = await Promise.all(engines.map((engine) => engine.compile(wasm)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(inputs, { maxLength: 8 }), { maxLength: 4 }), async (batches) => {
        const sandboxes = guests.map((one) => one.instantiate(manifest.limits));
        for (const sandbox of sandboxes) await sandbox.run(encodeInput(CONFIGURE));
        for (const batch of batches) {
          const results = await Promise.all(sandboxes.map((sandbox) => sandbox.run(encodeInputs(batch))));
          const [ours, theirs] = results.map(({ completed, effects, stop }) => ({
            completed,
            effects: Buffer.from(effects).toString("hex"),
            code: stop?.code,
          }));
          expect(ours).toEqual(theirs);
          if (ours?.code !== undefined) break;
        }
        for (const sandbox of sandboxes) sandbox.close();
      }),
      { numRuns: 150 },
    );
    for (const one of guests) one.close();
  },
);
