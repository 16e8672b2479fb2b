import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Config, Engine, Linker, Module, Store, wat2wasm } from "../../../runtime/wasmtime/src/index.ts";
import { codeOf, guest, instantiate, thrown } from "./support.ts";

const MiB = 1024 * 1024;

describe("no guest brings the process down:", () => {
  test("an endless loop is stopped at its deadline and the instance goes on", () => {
    const { instance } = instantiate(
      `(module (func (export "spin") (loop (br 0))) (func (export "ok") (result i32) i32.const 1))`,
      { deadlineTicks: 20 },
    );
    expect(codeOf(instance.getFunc("spin"))).toBe("interrupt");
    expect(instance.getFunc("ok")()).toBe(1);
    expect(codeOf(instance.getFunc("spin"))).toBe("interrupt");
  });

  test("a loop is stopped also after the ticker has rested", async () => {
    const { instance } = instantiate(`(module (func (export "spin") (loop (br 0))))`, { deadlineTicks: 5 });
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(codeOf(instance.getFunc("spin"))).toBe("interrupt");
    }
  });

  test("nothing ticks while no guest runs", async () => {
    const { instance } = instantiate(`(module (func (export "f")))`);
    instance.getFunc("f")();
    expect(tickerWakeUps().size).toBeGreaterThan(0);
    // It comes to rest a while after the call.
    await expect
      .poll(async () => {
        const before = tickerWakeUps();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return [...tickerWakeUps()].every(([thread, wakeUps]) => wakeUps === before.get(thread));
      })
      .toBe(true);
  });

  test("each call has its own deadline", () => {
    const { instance } = instantiate(
      `(module (func (export "work") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
      { deadlineTicks: 1_000 },
    );
    const started = performance.now();
    while (performance.now() - started < 1_500) instance.getFunc("work")(100_000);
  });

  test("a start function that loops", () => {
    const engine = new Engine();
    const module = guest(engine, `(module (func $spin (loop (br 0))) (start $spin))`);
    expect(codeOf(() => new Linker(engine).instantiate(new Store(engine, { deadlineTicks: 10 }), module))).toBe("interrupt");
  });

  test("fuel runs out, exactly and the same each time", () => {
    const { store, instance } = instantiate(
      `(module (func (export "spin") (loop (br 0))))`,
      {},
      new Config({ consumeFuel: true }),
    );
    expect(codeOf(instance.getFunc("spin"))).toBe("out-of-fuel");
    for (let round = 0; round < 2; round++) {
      store.fuel = 1_000_000n;
      expect(codeOf(instance.getFunc("spin"))).toBe("out-of-fuel");
      expect(store.fuel).toBe(0n);
    }
    expect(codeOf(() => (store.fuel = -1n))).toBe("option");
    expect(codeOf(() => instantiate(`(module)`).store.fuel)).toBe("fuel");
  });

  test("a memory bomb stops growing at the limit", () => {
    const bomb = `(module (memory (export "memory") 1)
      (func (export "bomb") (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (memory.size)))`;
    expect(instantiate(bomb, { memoryBytes: 4 * MiB }).instance.getFunc("bomb")()).toBeLessThanOrEqual(64);
    const pooled = new Config({ pooling: { instances: 2, memoryBytes: 2 * MiB, tableElements: 1 } });
    expect(instantiate(bomb, { memoryBytes: 64 * MiB }, pooled).instance.getFunc("bomb")()).toBeLessThanOrEqual(32);
  });

  test("a memory that begins too large is refused", () => {
    expect(codeOf(() => instantiate(`(module (memory 1000))`, { memoryBytes: MiB }))).toBe("instantiate");
    const pooled = new Config({ pooling: { instances: 2, memoryBytes: 2 * MiB, tableElements: 1 } });
    expect(codeOf(() => instantiate(`(module (memory 1000))`, {}, pooled))).toBe("compile");
    expect(codeOf(() => instantiate(`(module (table 2 funcref))`, {}, pooled))).toBe("compile");
  });

  test("a table bomb stops growing at the limit", () => {
    const bomb = `(module (table 1 funcref)
      (func (export "bomb") (result i32) (loop (br_if 0 (i32.ne (table.grow (ref.null func) (i32.const 100)) (i32.const -1)))) (table.size)))`;
    expect(instantiate(bomb, { tableElements: 1000 }).instance.getFunc("bomb")()).toBe(901);
    expect(codeOf(() => instantiate(`(module (table 2000 funcref))`, { tableElements: 1000 }))).toBe("instantiate");
  });

  test("a store holds no more instances, memories and tables than it may", () => {
    const engine = new Engine();
    for (const [limit, wat] of [
      ["instances", `(module)`],
      ["memories", `(module (memory 1))`],
      ["tables", `(module (table 1 funcref))`],
    ] as const) {
      const store = new Store(engine, { [limit]: 2 });
      const pre = new Linker(engine).instantiatePre(guest(engine, wat));
      pre.instantiate(store);
      pre.instantiate(store);
      expect(codeOf(() => pre.instantiate(store))).toBe("instantiate");
    }
  });

  test("an exhausted pool gives an error, and slots come back", () => {
    const engine = new Engine(new Config({ pooling: { instances: 3, memoryBytes: MiB, tableElements: 1 } }));
    const pre = new Linker(engine).instantiatePre(guest(engine, `(module (memory (export "m") 1))`));
    for (let round = 0; round < 10; round++) {
      const stores = [1, 2, 3].map(() => {
        const store = new Store(engine);
        const memory = pre.instantiate(store).getMemory("m");
        expect(memory.read(0, 4)).toEqual(new Uint8Array(4));
        memory.write(0, new Uint8Array([1, 2, 3, 4]));
        return store;
      });
      expect(codeOf(() => pre.instantiate(new Store(engine)))).toBe("instantiate");
      for (const store of stores) store.close();
    }
  });

  test("a stack bomb, direct and through JavaScript", () => {
    const { instance } = instantiate(
      `(module (func $f (export "f") (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1))))`,
    );
    for (let round = 0; round < 5; round++) expect(codeOf(() => instance.getFunc("f")(1n))).toBe("stack-overflow");

    const engine = new Engine();
    const store = new Store(engine);
    let again: () => unknown = () => undefined;
    const linker = new Linker(engine).func("js", "f", { params: [], results: [] }, () => again());
    const mutual = linker.instantiate(
      store,
      guest(engine, `(module (import "js" "f" (func $f)) (func (export "run") (call $f)))`),
    );
    again = mutual.getFunc("run");
    for (let round = 0; round < 5; round++) expect(again).toThrow(/stack/);
    again = () => undefined;
    expect(mutual.getFunc("run")()).toBeUndefined();
  });

  test("recursion through a new store each time", () => {
    const engine = new Engine();
    const module = guest(engine, `(module (import "js" "f" (func $f)) (func (export "run") (call $f)))`);
    const linker = new Linker(engine);
    const descend = () => void linker.instantiate(new Store(engine), module).getFunc("run")();
    linker.func("js", "f", { params: [], results: [] }, descend);
    expect(descend).toThrow(/stack/);
  });

  test("a guest entered at the end of JavaScript's stack", () => {
    const { instance } = instantiate(`(module (func $f (export "f") call $f))`);
    const f = instance.getFunc("f");
    const codes = new Set<unknown>();
    const descend = (): void => {
      try {
        descend();
      } catch (error) {
        try {
          f();
        } catch (inner) {
          codes.add((inner as { code?: string }).code);
        }
        throw error;
      }
    };
    expect(descend).toThrow(RangeError);
    expect(codes.has("stack-overflow")).toBe(true);
  });

  test("20,000 traps in a row, mixed with V8's own", () => {
    const wat = `(module (memory 1) (func (export "oob") (drop (i32.load (i32.const 0x7fff0000)))) (func (export "boom") unreachable))`;
    const { instance } = instantiate(wat);
    const v8 = (
      globalThis as unknown as {
        WebAssembly: {
          Module: new (b: Uint8Array) => object;
          Instance: new (m: object) => { exports: Record<string, () => void> };
        };
      }
    ).WebAssembly;
    const native = new v8.Instance(new v8.Module(wat2wasm(wat))).exports.oob as () => void;
    for (let round = 0; round < 10_000; round++) {
      expect(codeOf(instance.getFunc(round % 2 ? "oob" : "boom"))).toBe(round % 2 ? "memory-out-of-bounds" : "unreachable");
      if (round % 10 === 0) expect(native).toThrow("memory access out of bounds");
    }
  });

  test("a module with 10,000 functions, a deep one and a wide one", () => {
    const engine = new Engine();
    const functions = Array.from({ length: 10_000 }, (_, i) => `(func (export "f${i}") (result i32) i32.const ${i})`).join("");
    const { instance } = { instance: new Linker(engine).instantiate(new Store(engine), guest(engine, `(module ${functions})`)) };
    expect(instance.getFunc("f9999")()).toBe(9999);
    const deep = `(module (func (export "f") ${"(block ".repeat(5000)}${")".repeat(5000)}))`;
    expect(["compile", "wat", "ok"]).toContain(codeOrOk(() => guest(engine, deep)));
    expect(thrown(() => Module.compile(engine, wat2wasm(`(module (func (param ${"i32 ".repeat(1001)})))`))).code).toBe("compile");
  });
});

/** How often each ticker thread of this process has slept and been woken. */
function tickerWakeUps(): Map<string, string | undefined> {
  const tickers = new Map<string, string | undefined>();
  for (const thread of readdirSync("/proc/self/task")) {
    const file = `/proc/self/task/${thread}/status`;
    const status = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (status.startsWith("Name:\twasmtime-ticker\n"))
      tickers.set(thread, /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
  }
  return tickers;
}

function codeOrOk(body: () => unknown): string {
  let code = "ok";
  try {
    body();
  } catch (error) {
    code = (error as { code: string }).code;
  }
  return code;
}
