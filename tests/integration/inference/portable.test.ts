import { expect, onTestFinished, test } from "vitest";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { encodeOnnx } from "../../../assembly/models/onnx/encode.ts";
import { findPortableLibrary } from "../../../runtime/inference/portable/library.ts";
import { packageFolder } from "../../../runtime/inference/portable/package-folder.ts";
import { PortableProvider } from "../../../runtime/inference/portable/provider.ts";
import { InferenceQueue } from "../../../runtime/inference/queue.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { BUDGET, floats, floatsOf, integers, sourceOf, squaring } from "./support.ts";

const CROSSING = sourceOf("crossing", crossingNetwork());

async function open(memoryBytes?: number): Promise<PortableProvider> {
  const library = await findPortableLibrary(["/nowhere", packageFolder() ?? ""]);
  if (!library) throw new Error("onnxruntime-web is not installed");
  const provider = new PortableProvider({ library, clock: systemClock(), ...(memoryBytes !== undefined && { memoryBytes }) });
  onTestFinished(() => provider.close());
  return provider;
}

test("a model says what it takes and gives", async () => {
  const session = await (await open()).load(CROSSING, BUDGET);
  expect(session.inputs).toEqual([{ name: "in", dtype: "float32", dims: [-1, 64], symbols: ["rows", ""] }]);
  expect(session.outputs).toEqual([{ name: "out", dtype: "float32", dims: [-1, 64], symbols: ["rows", ""] }]);
  expect(session.batch).toBeGreaterThan(1);
});

test("many calls in one run come out as each of them alone", async () => {
  const session = await (await open()).load(CROSSING, BUDGET);
  const calls = Array.from({ length: 9 }, (_, call) => [floats([1 + (call % 3), 64], (index) => Math.sin(index * (call + 1)))]);
  const together = await session.run(calls, 10_000);
  expect(together.copied).toBe(2 * 18 * 64 * 4);
  for (const [index, call] of calls.entries()) {
    const alone = await session.run([call], 10_000);
    const [one, other] = [floatsOf(alone.outputs[0]?.[0]), floatsOf(together.outputs[index]?.[0])];
    expect(one.length).toBe(other.length);
    one.forEach((value, at) => {
      expect(other[at]).toBeCloseTo(value, 5);
    });
  }
});

test("every type of elements comes back as it went", async () => {
  const provider = await open();
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => at % 2);
  for (const dtype of ["float32", "uint8", "int8", "int32", "int64", "bool", "float64", "uint32", "uint64"] as const) {
    const value = (name: string) => ({ name, dtype, dims: ["n"] });
    const nodes = [{ operator: "Identity", inputs: ["in"], outputs: ["out"] }];
    const onnx = encodeOnnx(
      { name: dtype, inputs: [value("in")], outputs: [value("out")], constants: [], nodes },
      "steppps tests",
    );
    const session = await provider.load(sourceOf(dtype, onnx), BUDGET);
    const width = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1, float64: 8, uint32: 4, uint64: 8 }[dtype];
    const { outputs } = await session.run([[{ dtype, dims: [bytes.length / width], bytes }]], 10_000);
    expect(outputs[0]?.[0]).toEqual({ dtype, dims: [bytes.length / width], bytes });
    session.free();
  }
});

test("a run that is late ends with its thread; the next one is answered by another", async () => {
  const provider = await open();
  const slow = await provider.load(sourceOf("slow", squaring(400)), BUDGET);
  const quick = await provider.load(CROSSING, BUDGET);
  const late = slow.run([[integers([2], [900, 900])]], 300);
  const waits = quick.run([[floats([1, 64], () => 1)]], 20_000);
  await expect(late).rejects.toMatchObject({ code: "E_INFER_DEADLINE" });
  expect(floatsOf((await waits).outputs[0]?.[0])).toHaveLength(64);
  const { outputs } = await slow.run([[integers([2], [4, 4])]], 20_000);
  expect(floatsOf(outputs[0]?.[0])[0]).toBe(0);
  expect(provider.health()).toMatchObject({ restarts: 1 });
});

test("one whose time is over before its turn is refused, and the thread goes on", async () => {
  const provider = await open();
  const slow = await provider.load(sourceOf("slow", squaring(40)), BUDGET);
  const first = slow.run([[integers([2], [700, 700])]], 60_000);
  await expect(slow.run([[integers([2], [4, 4])]], 1)).rejects.toMatchObject({ code: "E_INFER_DEADLINE" });
  await first;
  expect(provider.health()).toMatchObject({ restarts: 0 });
});

test("a model that wants more memory than there is gets an answer, and others are answered after it", async () => {
  const provider = await open(96 * 2 ** 20);
  const large = await provider.load(sourceOf("large", squaring(1)), BUDGET);
  await expect(large.run([[integers([2], [6_000, 6_000])]], 20_000)).rejects.toMatchObject({
    code: expect.stringMatching(/^E_INFER_(MEMORY|RUN)$/),
  });
  const quick = await provider.load(CROSSING, BUDGET);
  expect((await quick.run([[floats([1, 64], () => 1)]], 20_000)).outputs).toHaveLength(1);
});

test("a model whose weights are more than its budget is refused", async () => {
  const weights = { name: "w", dims: [12 * 2 ** 20], values: new Float32Array(12 * 2 ** 20) };
  const value = (name: string) => ({ name, dtype: "float32", dims: [12 * 2 ** 20] }) as const;
  const nodes = [{ operator: "Add", inputs: ["in", "w"], outputs: ["out"] }];
  const graph = { name: "heavy", inputs: [value("in")], outputs: [value("out")], constants: [weights], nodes };
  const heavy = sourceOf("heavy", encodeOnnx(graph, "steppps tests"));
  const provider = await open();
  await expect(provider.load(heavy, { memoryBytes: 2 ** 20, loadMs: 60_000 })).rejects.toMatchObject({ code: "E_INFER_MEMORY" });
  expect((await (await provider.load(CROSSING, BUDGET)).run([[floats([1, 64], () => 1)]], 20_000)).outputs).toHaveLength(1);
});

test.each([
  ["nothing", new Uint8Array(0)],
  ["garbage", Uint8Array.from({ length: 400 }, (_, at) => (at * 37) % 251)],
  ["half a model", crossingNetwork().slice(0, 9_000)],
])("%s is refused, and the thread goes on", async (_, onnx) => {
  const provider = await open();
  await expect(provider.load(sourceOf("bad", onnx), BUDGET)).rejects.toMatchObject({ code: "E_INFER_LOAD" });
  expect((await (await provider.load(CROSSING, BUDGET)).run([[floats([1, 64], () => 1)]], 20_000)).outputs).toHaveLength(1);
  expect(provider.health()).toMatchObject({ restarts: 0 });
});

test("many at once through the queue: each has its own answer", async () => {
  const session = await (await open()).load(CROSSING, BUDGET);
  const model = { name: "crossing", version: "1.0.0", session };
  const queue = new InferenceQueue({ models: new Map([["crossing", model]]), clock: systemClock() });
  const inputs = Array.from({ length: 100 }, (_, call) => floats([1, 64], (index) => Math.cos(index + call)));
  const results = await Promise.all(
    inputs.map((input, call) =>
      queue.infer({ model: "crossing", inputs: [input], deadline: 30_000, owner: `owner ${call % 3}` }),
    ),
  );
  for (const [call, { outputs, provider }] of results.entries()) {
    expect(provider).toBe("wasm");
    const alone = await session.run([[inputs[call] as (typeof inputs)[number]]], 10_000);
    expect(floatsOf(outputs[0])[5]).toBeCloseTo(floatsOf(alone.outputs[0]?.[0])[5] as number, 5);
  }
});
