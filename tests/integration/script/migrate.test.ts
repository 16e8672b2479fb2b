import { decode, encode } from "cbor-x";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { Manifest } from "../../../runtime/contract/index.ts";
import { type SandboxEngine, v8Engine, wasmtimeEngine } from "../../../runtime/script/index.ts";
import { applyChanges, migrate, type StateEntries } from "../../../runtime/script/plugin/migrate.ts";
import { prepareVersion, type Version } from "../../../runtime/script/plugin/version.ts";

const HEAD = `import { log, oldKeys, oldState, migrate, now, on, publish, reject, startTimer, state, StateMap, timer, workflow } from "steppps";`;
const plugin = (body: string) => `${HEAD}
class Point { x: f64 = 0; y: f64 = 0; }
@workflow({ version: "2.0.0" }) class Probe {
${body}
  @on("t") t(): void {}
  @timer("later") later(): void {}
  out(): void { publish("x/y", ""); }
  wait(): void { startTimer("later", "1s"); }
}`;

/** Version 2.0.0 of one plugin, in several turns of mind. */
const SOURCES = {
  plain: plugin(`
  @state count: i32 = 0;
  @state label: string = "none";
  @state totals: StateMap<i32, f64> = new StateMap();`),
  moved: plugin(`
  @state title: string = "none";
  @state count: f64 = 0;
  @state sums: StateMap<string, f64> = new StateMap();
  @state points: StateMap<i32, Point> = new StateMap();
  @state at: i64 = 0;
  @migrate move(from: string): void {
    log.info(from + " " + oldState("missing").exists.toString());
    this.title = oldState("label").asString("?");
    this.count = oldState("count").asF64() / 10;
    const keys = oldKeys("totals");
    for (let i = 0; i < keys.length; i++) this.sums.set("t" + keys[i], oldState("totals/" + keys[i]).asF64());
    this.points.set(1, new Point());
    this.at = now();
  }`),
  same: plugin(`
  @state count: i32 = 0;
  @state label: string = "none";
  lost: i32 = 0;
  @migrate(): void {}`).replace("@migrate()", "@migrate same()"),
  traps: plugin(`@state count: i32 = 0;
  @migrate take(): void { const none: i32[] = []; this.count = none[7]; }`),
  refuses: plugin(`@state count: i32 = 0;
  @migrate take(): void { reject("not from that one"); }`),
  publishes: plugin(`@state count: i32 = 0;
  @migrate take(): void { this.out(); }`),
  waits: plugin(`@state count: i32 = 0;
  @migrate take(): void { this.wait(); }`),
  loops: plugin(`@state count: i32 = 0;
  @migrate take(): void { while (true) this.count++; }`),
};
type Name = keyof typeof SOURCES;

const built = new Map<string, { manifest: Manifest; wasm: Uint8Array }>();
const engines: SandboxEngine[] = [];
beforeAll(async () => {
  const compiler = await createCompiler();
  for (const [name, source] of Object.entries(SOURCES)) {
    const result = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
    built.set(name, result);
  }
  engines.push(wasmtimeEngine({ instances: 8, memoryBytes: 16 * 1024 * 1024, threads: 1, inline: false }), v8Engine());
});
afterAll(() => {
  for (const engine of engines) engine.close();
});

async function version(engine: SandboxEngine, name: Name): Promise<Version> {
  const { manifest, wasm } = built.get(name) as { manifest: Manifest; wasm: Uint8Array };
  return prepareVersion(engine, manifest, wasm, {});
}

const entries = (values: Record<string, unknown>): StateEntries =>
  new Map(Object.entries(values).map(([key, value]) => [key, new Uint8Array(encode(value))]));
const values = (state: StateEntries) => Object.fromEntries([...state].map(([key, value]) => [key, decode(value)]));

const OLD = { count: 45, label: "hall", "totals/3": 1.5, "totals/10": 2, gone: true };
const take = (one: Version, state: StateEntries) => migrate(one, { from: "1.4.0", time: 1_700_000_000_000, entries: state });

describe.each(["wasmtime", "v8"])("%s", (engineName) => {
  const engine = () => engines.find(({ name }) => name === engineName) as SandboxEngine;

  test("fields renamed, retyped, and a map turned round; what no field holds is gone", async () => {
    const old = entries(OLD);
    const { changes, logs, unknown } = await take(await version(engine(), "moved"), old);
    expect(values(applyChanges(old, changes))).toEqual({
      title: "hall",
      count: 4.5,
      "sums/t10": 2,
      "sums/t3": 1.5,
      "points/1": { x: 0, y: 0 },
      at: 1_700_000_000_000n,
    });
    expect(logs).toEqual(["1.4.0 false"]);
    expect(unknown).toEqual([]);
  });

  test("without a migration every entry stays, and those without a field are named", async () => {
    const old = entries({ ...OLD });
    const { changes, unknown } = await take(await version(engine(), "plain"), old);
    expect(changes.size).toBe(0);
    expect(unknown).toEqual(["gone"]);
  });

  test("a field that kept its name and type keeps its value, and another is gone when a migration is declared", async () => {
    const old = entries(OLD);
    const { changes } = await take(await version(engine(), "same"), old);
    expect(values(applyChanges(old, changes))).toEqual({ count: 45, label: "hall" });
  });

  test("what was migrated is what an instance is restored from, and taking it over again changes nothing", async () => {
    const moved = await version(engine(), "moved");
    const old = entries(OLD);
    const after = applyChanges(old, (await take(moved, old)).changes);
    const { manifest, ...rest } = moved;
    const { migrates, ...plain } = manifest;
    expect(migrates).toBe(true);
    const again = await take({ ...rest, manifest: plain }, after);
    expect(again).toEqual({ changes: new Map(), logs: [], unknown: [] });
  });

  test.each([
    ["plain", { count: "45" }, /E_GUEST_RESULT.*stored state "count" is not what its field holds/],
    ["plain", { "totals/x": 1 }, /stored state "totals\/x"/],
    ["traps", OLD, /E_GUEST_ABORT.*Index out of range/],
    ["refuses", OLD, /E_GUEST_REJECTED.*not from that one/],
    ["publishes", OLD, /may not publish or set timers/],
    ["waits", OLD, /may not publish or set timers/],
  ] as const)("%s with %j is refused", async (name, state, why) => {
    const old = entries(state);
    const before = values(old);
    const error = await take(await version(engine(), name), old).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "E_DEPLOY_MIGRATION", detail: expect.stringMatching(why) });
    expect(values(old)).toEqual(before);
  });
});

test("a migration that does not end is stopped", async () => {
  const [wasmtime] = engines as [SandboxEngine];
  await expect(take(await version(wasmtime, "loops"), entries(OLD))).rejects.toMatchObject({
    code: "E_DEPLOY_MIGRATION",
    detail: expect.stringContaining("E_GUEST_DEADLINE"),
  });
});

test("both engines make the same of any state", async () => {
  const [one, other] = (await Promise.all(engines.map((engine) => version(engine, "moved")))) as [Version, Version];
  const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.array(fc.integer()), fc.constant(null));
  const key = fc.oneof(
    fc.constantFrom("label", "count", "title", "at", "sums/a", "points/1", "points/x", "totals/1", "totals/-2"),
    fc.string(),
  );
  const property = fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 12 }), async (state) => {
    const outcome = (made: Version) =>
      take(made, entries(state)).then(
        ({ changes, unknown }) => ({ changes, unknown }),
        (error: Error) => error.message,
      );
    const [mine, its] = [await outcome(one), await outcome(other)];
    expect(mine).toEqual(its);
    expect(mine).toMatchObject({ unknown: [] });
  });
  await fc.assert(property, { numRuns: 100 });
});
