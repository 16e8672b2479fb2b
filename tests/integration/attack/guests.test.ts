import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../runtime/contract/index.ts";
import { encodeCbor, fromPlain } from "../../../runtime/platform/index.ts";
import { PLUGIN_CONTENT_TYPE, sealEnvelope } from "../../../runtime/trust/index.ts";
import { guest, handler, manifest, newData, owner, sealed, times, victim } from "./support.ts";

const MEMORY_OF = (text: string) => `(memory (export "memory") ${text})`;

const MISFITS: Readonly<Record<string, Parameters<typeof guest>[0]>> = {
  "asks for WASI": { imports: '(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))' },
  "imports a call with another type": { imports: '(import "steppps" "publish" (func (param i64)))' },
  "imports a memory": { imports: '(import "steppps" "publish" (memory 1))', memory: "" },
  "exports the entry with another arity": { handle: '(func (export "steppps_handle") (result i32) (i32.const 0))' },
  "exports save with another type": { save: '(func (export "steppps_save") (param i32) (result f64) (f64.const 0))' },
  "exports a function as its memory": { memory: '(func (export "memory"))' },
  "has a 64-bit memory": { memory: MEMORY_OF("i64 1") },
  "has a shared memory": { memory: MEMORY_OF("1 2 shared") },
  "begins with 4 GiB": { memory: MEMORY_OF("65536") },
  "begins with more memory than its manifest says": { memory: MEMORY_OF("300") },
  "has a huge table": { more: "(table 100000000 funcref)" },
  "has many tables": { more: "(table 10 funcref)".repeat(90) },
  "has two memories": { more: "(memory 1)" },
  "loops in its start function": { more: "(func $s (loop $l (br $l))) (start $s)" },
  "traps in its start function": { more: "(func $s unreachable) (start $s)" },
  "writes data outside its memory": { more: `(data (i32.const 1310715) "${"x".repeat(20)}")` },
};

test("a guest that does not fit is refused, and the device goes on", async () => {
  const { deploy, device, plugin } = await victim();
  for (const [name, parts] of Object.entries(MISFITS))
    expect(await deploy(sealed(manifest("misfit"), guest(parts))), name).toMatch(/^E_GUEST_/);
  expect(await plugin("misfit")).toBeUndefined();
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
  expect(await device.ask("status")).toMatchObject({ plugins: [{ name: "fine" }] });
});

const PUBLISH = (length: number, qos = 0) =>
  `(call $publish (i32.const 0) (i32.const ${length}) (i32.const 0) (i32.const 1) (i32.const ${qos}))`;
const LONGEST = "99999999999999";

/** What a handler does, what lies in its memory, and what it comes to. */
const DEEDS: readonly [string, string, string, string | undefined][] = [
  ["control", PUBLISH(19), "steppps/edge/deploy", "E_PLUGIN_DENIED"],
  ["system", PUBLISH(6), "$SYS/x", "E_PLUGIN_DENIED"],
  ["elsewhere", PUBLISH(6), "output", "E_PLUGIN_DENIED"],
  ["wildcard", PUBLISH(5), "out/#", "E_TOPIC"],
  ["nul", PUBLISH(5), "out/\\00", "E_TOPIC"],
  ["not-text", PUBLISH(6), "out/\\ff\\fe", "E_FRAME"],
  ["outside", "(call $publish (i32.const -10) (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0))", "", "E_GUEST_TRAP"],
  ["bad-slot", "(drop (call $read (i32.const 9) (i32.const -1) (i32.const -1) (i32.const -1)))", "", "E_GUEST_TRAP"],
  ["loop", "(loop $l (br $l))", "", "E_GUEST_DEADLINE"],
  ["storm", times(1_000_000, PUBLISH(5, 1)), "out/a", "E_GUEST_EFFECTS"],
  ["logs", times(100, "(call $log (i32.const 99) (i32.const 0) (i32.const 1048576))"), "\\1b[2J", "E_GUEST_EFFECTS"],
  ["big-key", "(call $state_set (i32.const 0) (i32.const 1048576) (i32.const 0) (i32.const 1))", "key", undefined],
  [
    "late",
    `(call $timer_set (i32.const 0) (i32.const 9) (i64.const 9223372036854775807) (i32.const 0) (i32.const 0))`,
    "a/b\\0a#+\\00x",
    undefined,
  ],
  [
    "replaced",
    times(9_000, `(call $timer_set (i32.const 0) (i32.const 1) (i64.const ${LONGEST}) (i32.const 0) (i32.const 0))`),
    "a",
    undefined,
  ],
];

test("whatever a guest does, it is refused by name or bounded; others and the next start are not touched", async () => {
  const dataPath = newData();
  const { deploy, supervisor, plugin } = await victim(dataPath);
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const pong: string[] = [];
  client.on("message", (_, payload) => pong.push(payload.toString()));
  await client.subscribeAsync("out/ping", { qos: 1 });
  expect(await deploy(sealed(manifest("ping"), handler(PUBLISH(8, 1), "out/ping")))).toBe("ok");
  for (const [name, body, data] of DEEDS) {
    expect(await deploy(sealed(manifest(name), handler(body, data))), name).toBe("ok");
    await client.publishAsync(`in/${name}`, "x", { qos: 1 });
    await client.publishAsync("in/ping", "x", { qos: 1 });
  }
  await expect.poll(() => pong.length).toBe(DEEDS.length);
  for (const [name, , , code] of DEEDS) {
    await expect.poll(async () => (await plugin(name))?.health).toBe(code ? "backing-off" : "healthy");
    if (code) expect((await plugin(name))?.lastError, name).toMatch(new RegExp(`^${code}:`));
  }
  await supervisor.close();
  const again = await victim(dataPath);
  expect((await again.supervisor.view.status()).plugins.map(({ name }) => name).sort()).toEqual(
    ["ping", ...DEEDS.map(([name]) => name)].sort(),
  );
});

test("two plugins that answer each other without end hold neither a third one nor the memory", async () => {
  const { deploy, supervisor, device, plugin } = await victim();
  const answering = (name: string, other: string) =>
    sealed(
      manifest(name, { capabilities: { publish: ["in/#"], timers: false, state: false } }),
      handler(PUBLISH(`in/${other}`.length, 1).repeat(2), `in/${other}`),
    );
  expect(await deploy(answering("tick", "tock"))).toBe("ok");
  expect(await deploy(answering("tock", "tick"))).toBe("ok");
  expect(await deploy(sealed(manifest("ping"), handler(PUBLISH(8, 1), "out/ping")))).toBe("ok");
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  let pongs = 0;
  client.on("message", () => pongs++);
  await client.subscribeAsync("out/ping");
  await client.publishAsync("in/tick", "x", { qos: 1 });
  await expect.poll(async () => (await supervisor.view.status()).counts.messagesIn).toBeGreaterThan(50_000);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 5; i++) await client.publishAsync("in/ping", "x", { qos: 1 });
  await expect.poll(() => pongs).toBe(5);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
  // Whoever looks sees who it is.
  for (const name of ["tick", "tock"]) expect((await plugin(name))?.handled).toBeGreaterThan(10_000);
  await device.ask("remove", { plugin: "tick" });
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
});

test("a manifest may not ask for what holds the device up", async () => {
  const { deploy } = await victim();
  const wasm = guest();
  for (const limits of [{ deadlineMs: 60_000 }, { effectBytes: 64 << 20 }, { memoryBytes: 1 << 30 }]) {
    const greedy = manifest("greedy", { limits: { ...DEFAULT_LIMITS, ...limits } });
    expect(() => sealed(greedy, wasm)).toThrow("/limits/");
    // As an owner with tools of his own would sign it.
    const payload = encodeCbor(fromPlain({ type: "plugin", manifest: greedy, wasm }));
    expect(await deploy(sealEnvelope(payload, PLUGIN_CONTENT_TYPE, owner))).toBe("E_PACKAGE");
  }
});

test("a plugin with a cron expression that has no meaning is refused with nothing changed", async () => {
  const dataPath = newData();
  const { deploy, plugin, supervisor } = await victim(dataPath);
  const handlers = [{ kind: "cron", expression: "not a cron", method: "x" }] as const;
  expect(await deploy(sealed(manifest("clock", { handlers: [...handlers] }), guest()))).toBe("E_PACKAGE");
  expect(await plugin("clock")).toBeUndefined();
  expect(await deploy(sealed(manifest("clock"), guest()))).toBe("ok");
  expect(await deploy(sealed(manifest("clock", { version: "2.0.0", handlers: [...handlers] }), guest()))).toBe("E_PACKAGE");
  await supervisor.close();
  const again = await victim(dataPath);
  expect(await again.plugin("clock")).toMatchObject({ version: "1.0.0", health: "healthy" });
});
