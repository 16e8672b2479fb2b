import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { encodeOnnx } from "../../../assembly/models/onnx/encode.ts";
import { InferenceQueue } from "../../../runtime/inference/queue.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { BUDGET, floats, floatsOf, integers, openNative, sourceOf, squaring } from "./support.ts";

const CROSSING = sourceOf("crossing", crossingNetwork());
const status = (pid: number | undefined) => readFileSync(`/proc/${pid}/status`, "utf8");

test("the worker has the native library mapped, and gave up what it doesn't need before the first model", async () => {
  await using native = await openNative();
  const { provider } = native;
  const { pid } = provider.health();
  expect(readFileSync(`/proc/${pid}/maps`, "utf8")).toContain("/libonnxruntime.so");
  expect(provider.hello).toMatchObject({ version: "1.32.0", seccomp: true });
  expect(status(pid)).toMatch(/^NoNewPrivs:\s*1$/m);
  expect(status(pid)).toMatch(/^Seccomp:\s*2$/m);
  expect(status(pid)).toMatch(/^CapEff:\s*0+$/m);
  if (process.getuid?.() === 0) expect(provider.hello?.user).toBe(65534);
  const session = await provider.load(CROSSING, BUDGET);
  expect(session.inputs).toEqual([{ name: "in", dtype: "float32", dims: [-1, 64], symbols: ["rows", ""] }]);
  expect(session.outputs).toEqual([{ name: "out", dtype: "float32", dims: [-1, 64], symbols: ["rows", ""] }]);
  expect(session.batch).toBeGreaterThan(1);
});

test("many calls in one run come out as each of them alone, and nothing is copied on the way", async () => {
  await using native = await openNative();
  const session = await native.provider.load(CROSSING, BUDGET);
  const calls = Array.from({ length: 9 }, (_, call) => [floats([1 + (call % 3), 64], (index) => Math.sin(index * (call + 1)))]);
  const together = await session.run(calls, 10_000);
  expect(together.copied).toBe(0);
  expect(together.micros).toBeGreaterThan(0);
  for (const [index, call] of calls.entries()) {
    const alone = await session.run([call], 10_000);
    const [one, other] = [floatsOf(alone.outputs[0]?.[0]), floatsOf(together.outputs[index]?.[0])];
    expect(one.length).toBe(other.length);
    one.forEach((value, at) => {
      expect(other[at]).toBeCloseTo(value, 5);
    });
  }
});

test("an image of 640 x 480 goes over without a copy", async () => {
  const image = [1, 3, 480, 640];
  const mean = encodeOnnx(
    {
      name: "mean",
      inputs: [{ name: "image", dtype: "float32", dims: image }],
      outputs: [{ name: "mean", dtype: "float32", dims: [] }],
      constants: [],
      nodes: [{ operator: "ReduceMean", inputs: ["image"], outputs: ["mean"], attributes: { keepdims: 0 } }],
    },
    "steppps tests",
  );
  await using native = await openNative();
  const session = await native.provider.load(sourceOf("mean", mean), BUDGET);
  const { outputs, copied } = await session.run([[floats(image, (index) => index % 2)]], 10_000);
  expect(floatsOf(outputs[0]?.[0])[0]).toBeCloseTo(0.5, 5);
  expect(copied).toBe(0);
});

test("a run that is late is stopped between two operators, and the worker stays", async () => {
  await using native = await openNative();
  const session = await native.provider.load(sourceOf("slow", squaring(2000)), BUDGET);
  await expect(session.run([[integers([2], [400, 400])]], 300)).rejects.toMatchObject({ code: "E_INFER_DEADLINE" });
  const { outputs } = await session.run([[integers([2], [4, 4])]], 60_000);
  expect(floatsOf(outputs[0]?.[0])[0]).toBe(0);
  expect(native.ended).toEqual([]);
});

test("one that can't be stopped ends with its worker, and the next run finds a new one with the model in it", async () => {
  await using native = await openNative();
  const { provider, ended } = native;
  const session = await provider.load(sourceOf("stuck", squaring(1)), BUDGET);
  const { pid } = provider.health();
  // Within its seconds the matrix is filled; multiplying it is one operator that takes many more.
  await expect(session.run([[integers([2], [9000, 9000])]], 3_000)).rejects.toMatchObject({ code: "E_INFER_WORKER" });
  expect(ended).toEqual([expect.stringContaining("can't be stopped")]);
  const { outputs } = await session.run([[integers([2], [4, 4])]], 60_000);
  expect(floatsOf(outputs[0]?.[0])[0]).toBe(0);
  expect(provider.health()).toMatchObject({ restarts: 1 });
  expect(provider.health().pid).not.toBe(pid);
});

test("more memory than the worker may have is an error of that run, and of no other", async () => {
  await using native = await openNative();
  const session = await native.provider.load(sourceOf("large", squaring(1)), BUDGET);
  await expect(session.run([[integers([2], [100_000, 100_000])]], 60_000)).rejects.toMatchObject({ code: "E_INFER_RUN" });
  const { outputs } = await session.run([[integers([2], [4, 4])]], 60_000);
  expect(floatsOf(outputs[0]?.[0])[0]).toBe(0);
  expect(native.ended).toEqual([]);
});

test("what is no model is refused, with the library's words, and the worker stays", async () => {
  await using native = await openNative();
  const { provider } = native;
  const good = crossingNetwork();
  const text = (name: string) =>
    encodeOnnx(
      {
        name: "odd",
        inputs: [{ name: "in", dtype: "float32", dims: [1] }],
        outputs: [{ name: "out", dtype: "float32", dims: [1] }],
        constants: [],
        nodes: [{ operator: name, inputs: ["in"], outputs: ["out"] }],
      },
      "steppps tests",
    );
  for (const bytes of [
    new Uint8Array(),
    Buffer.from("ORTM is not an ONNX file"),
    good.subarray(0, good.length / 2),
    text("NoSuchThing"),
  ]) {
    await expect(provider.load(sourceOf("odd", bytes), BUDGET)).rejects.toMatchObject({ code: "E_INFER_LOAD" });
  }
  await expect(provider.load(CROSSING, BUDGET)).resolves.toMatchObject({ provider: "native-cpu" });
  expect(native.ended).toEqual([]);
});

test("a model that takes more memory than its manifest says is not kept", async () => {
  const weights = new Float32Array(4 * 2 ** 20);
  const heavy = encodeOnnx(
    {
      name: "heavy",
      inputs: [{ name: "in", dtype: "float32", dims: [weights.length] }],
      outputs: [{ name: "out", dtype: "float32", dims: [weights.length] }],
      constants: [{ name: "weights", dims: [weights.length], values: weights }],
      nodes: [{ operator: "Add", inputs: ["in", "weights"], outputs: ["out"] }],
    },
    "steppps tests",
  );
  await using native = await openNative();
  const load = (memoryBytes: number) => native.provider.load(sourceOf("heavy", heavy), { ...BUDGET, memoryBytes });
  await expect(load(2 ** 20)).rejects.toMatchObject({ code: "E_INFER_MEMORY" });
  await expect(load(64 * 2 ** 20)).resolves.toMatchObject({ provider: "native-cpu" });
  expect(native.ended).toEqual([]);
});

test("a model that was freed is gone, what it took is given back, and its place is free", async () => {
  await using native = await openNative();
  const { provider } = native;
  const first = await provider.load(CROSSING, BUDGET);
  const under = first.run([[floats([1, 64], () => 1)]], 10_000);
  first.free();
  await expect(under).resolves.toMatchObject({ copied: 0 });
  await expect(first.run([[floats([1, 64], () => 1)]], 10_000)).rejects.toMatchObject({ code: "E_INFER_MODEL" });
  for (let round = 0; round < 200; round++) {
    const session = await provider.load(CROSSING, BUDGET);
    session.free();
  }
  expect(provider.health().restarts).toBe(0);
});

test("a worker that is no worker says so where it is opened", async () => {
  const { NativeProvider } = await import("../../../runtime/inference/native/provider.ts");
  const { loadMemory } = await import("../../../runtime/memory/index.ts");
  const { buildMemoryAddon } = await import("../../../runtime/memory/build/addon.ts");
  const memory = loadMemory(await buildMemoryAddon());
  const open = (...command: string[]) => NativeProvider.open({ command, memory, clock: systemClock() });
  await expect(open("/no/such/program")).rejects.toMatchObject({
    code: "E_INFER_WORKER",
    detail: expect.stringContaining("ENOENT"),
  });
  await expect(open("/bin/sh", "-c", "echo no library here >&2; exit 5")).rejects.toMatchObject({
    code: "E_INFER_WORKER",
    detail: "ended with exit code 5: no library here",
  });
  await expect(open("/bin/sh", "-c", "echo what is this; exec sleep 60")).rejects.toMatchObject({ code: "E_INFER_WORKER" });
});

test("through the queue, many at once are answered, each with its own", async () => {
  await using native = await openNative();
  const session = await native.provider.load(CROSSING, BUDGET);
  const model = { name: "crossing", version: "1.0.0", session };
  const queue = new InferenceQueue({ models: { get: () => model }, clock: systemClock() });
  const ask = (seed: number) =>
    queue.infer({
      model: "crossing",
      inputs: [floats([1, 64], (index) => Math.cos(index + seed))],
      deadline: 10_000,
      owner: `${seed % 7}`,
    });
  const results = await Promise.all(Array.from({ length: 500 }, (_, seed) => ask(seed)));
  for (const seed of [0, 123, 499]) {
    const alone = await ask(seed);
    floatsOf(alone.outputs[0]).forEach((value, at) => {
      expect(floatsOf(results[seed]?.outputs[0])[at]).toBeCloseTo(value, 5);
    });
  }
});
