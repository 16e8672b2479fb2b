import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeInputs, utf8 } from "../../../../runtime/contract/index.ts";
import { shadow } from "../../../../runtime/script/deploy/shadow.ts";
import { DEFAULT_WASMTIME, type SandboxEngine, wasmtimeEngine } from "../../../../runtime/script/index.ts";
import { prepareVersion } from "../../../../runtime/script/plugin/version.ts";
import type { Built } from "../guests.ts";
import { HeldModels } from "../models.ts";
import { buildAskers } from "../workflow/askers.ts";
import { Bench } from "../workflow/bench.ts";
import { buildCounters, type CounterName } from "./counters.ts";

let counters: Awaited<ReturnType<typeof buildCounters>>;
let engine: SandboxEngine;
beforeAll(async () => {
  counters = await buildCounters();
  engine = wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 16 });
});
afterAll(() => engine.close());

/** Batches of ten: 0, 1, 2 … */
async function* recorded(batches: number) {
  for (let batch = 0; batch < batches; batch++) {
    const inputs = Array.from({ length: 10 }, (_, i) => ({
      kind: "message" as const,
      handler: 0,
      time: Date.UTC(2026, 0, 1) + batch,
      seed: BigInt(batch * 10 + i),
      name: "in/add",
      payload: utf8(String(batch * 10 + i)),
      meta: new Uint8Array(0),
    }));
    yield { seq: batch * 10, inputs: encodeInputs(inputs) };
  }
}

async function rehearse(next: CounterName, batches = 20) {
  const prepare = (name: CounterName) => prepareVersion(engine, counters[name].manifest, counters[name].wasm, {});
  const versions = { now: await prepare("first"), next: await prepare(next) };
  try {
    return await shadow({
      ...versions,
      rehearsal: { entries: new Map(), time: 0, batches: recorded(batches) },
      budgetMillis: 60_000,
      budgetInputs: 150,
      lines: 6,
      monotonic: () => performance.now(),
    });
  } finally {
    versions.now.guest.close();
    versions.next.guest.close();
  }
}

test("a version that does the same passes, and no more is run than may be", async () => {
  const { inputs, differences } = await rehearse("good");
  expect(differences).toEqual([]);
  expect(inputs).toBeGreaterThanOrEqual(150);
  expect(inputs).toBeLessThan(200);
});

test("what comes out otherwise is told, so many lines of it", async () => {
  const { differences } = await rehearse("other");
  expect(differences).toHaveLength(6);
  expect(differences.slice(0, 3)).toEqual([
    expect.stringMatching(/^#0 2026-01-01T00:00:00\.000Z message in\/add 0$/),
    "  - publish out/count 0 qos 1",
    "  + publish out/count 1 qos 1",
  ]);
});

test("a version that stops where the other did not fails, and the input is named", async () => {
  await expect(rehearse("trapping")).rejects.toMatchObject({
    code: "E_DEPLOY_SHADOW",
    detail: expect.stringMatching(/^#7 .* message in\/add 7: E_GUEST_TRAP: /),
  });
});

test("a version that does what it may not fails", async () => {
  await expect(rehearse("hostile")).rejects.toMatchObject({
    code: "E_DEPLOY_SHADOW",
    detail: expect.stringMatching(/^#45 .*E_PLUGIN_DENIED/),
  });
});

test("a version that takes many times as long fails", async () => {
  await expect(rehearse("slow")).rejects.toMatchObject({ code: "E_DEPLOY_SLOW", detail: expect.stringContaining("µs an input") });
});

test("a version that keeps what it should let go fails when its memory is full", async () => {
  await expect(rehearse("leaking")).rejects.toMatchObject({
    code: "E_DEPLOY_SHADOW",
    detail: expect.stringContaining("E_GUEST_MEMORY"),
  });
});

test("a migration comes before the inputs, and one that traps fails", async () => {
  const { differences } = await rehearse("migrating");
  expect(differences.slice(0, 3)).toEqual([
    expect.stringContaining("#0 "),
    expect.stringContaining("- publish out/count 0"),
    expect.stringContaining("+ publish out/count 100"),
  ]);
  await expect(rehearse("unmigrated")).rejects.toMatchObject({ code: "E_DEPLOY_MIGRATION" });
});

/** What the first version of an asker was told on a device, batch by batch. */
async function askedOnDevice(version: Built) {
  const bench = await Bench.start([version], { ports: { inferences: new HeldModels() } });
  for (const n of [1, 2, 3]) {
    await bench.send("in/ask", n);
    await bench.workflow.idle();
  }
  return bench.journal.read("batch.after", version.manifest.name, -1, 100);
}

test.each([
  ["asks the same is given the recorded answers", "n", 6, []],
  [
    "asks otherwise is not given the answers to what it did not ask",
    "n + 1000",
    6,
    [/\+ infer double float32\[1,1\]/, /- publish out\/told/, /inference double float32\[1,1\] \w{8} tag 1/],
  ],
])("a version that %s", async (_, asks, inputs, told) => {
  const [now, next] = (await buildAskers(
    { version: "1.0.0", step: "31", asks: "n" },
    { version: "2.0.0", step: "31", asks },
  )) as [Built, Built];
  const rows = await askedOnDevice(now);
  const prepare = ({ manifest, wasm }: Built) => prepareVersion(engine, manifest, wasm, {});
  const versions = { now: await prepare(now), next: await prepare(next) };
  async function* batches() {
    for (const row of rows) yield { seq: row.seq, inputs: row.inputs };
  }
  const result = await shadow({
    ...versions,
    rehearsal: { entries: new Map(), time: 0, batches: batches() },
    budgetMillis: 60_000,
    budgetInputs: 150,
    lines: 20,
    monotonic: () => performance.now(),
  });
  expect(result.inputs).toBe(inputs);
  if (told.length === 0) expect(result.differences).toEqual([]);
  for (const line of told) expect(result.differences.join("\n")).toMatch(line);
  // An answer that was handled by the old one alone shows as what only that one did.
  expect(result.differences.some((line) => line.startsWith("  + publish"))).toBe(false);
  for (const version of Object.values(versions)) version.guest.close();
});
