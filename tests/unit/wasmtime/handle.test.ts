import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  Engine,
  Linker,
  loadBinding,
  Memory,
  Module,
  Reactor,
  Store,
  ThreadPool,
  wat2wasm,
} from "../../../runtime/wasmtime/src/index.ts";
import { ECHO, frame, OPTIONS } from "./reactors.ts";
import { codeOf, guest, instantiate } from "./support.ts";

const MODULE = `(module (memory (export "memory") 1) (global (export "g") (mut i32) (i32.const 0)) (table (export "t") 1 funcref) (func (export "f")))`;

describe("a handle", () => {
  test("closes twice, and is not usable afterwards", () => {
    const { engine, store, instance } = instantiate(MODULE);
    const module = guest(engine, MODULE);
    const linker = new Linker(engine);
    const pre = linker.instantiatePre(module);
    const reactor = new Reactor(engine, guest(engine, ECHO), OPTIONS);
    const memory = instance.getMemory("memory");
    const handles: [{ close(): void }, () => unknown][] = [
      [reactor, () => reactor.run(frame())],
      [memory, () => memory.size],
      [pre, () => pre.instantiate(store)],
      [linker, () => linker.allowShadowing(true)],
      [module, () => module.imports()],
      [instance, () => instance.get("x")],
      [store, () => store.setDeadline(5)],
      [engine, () => Module.compile(engine, wat2wasm("(module)"))],
    ];
    for (const [handle, use] of handles) {
      handle.close();
      handle.close();
      expect(codeOf(use)).toBe("closed");
    }
  });

  test("a closed store closes everything in it", () => {
    const { store, instance } = instantiate(MODULE);
    const [f, memory, global] = [instance.getFunc("f"), instance.getMemory("memory"), instance.getGlobal("g")];
    const table = instance.get("t") as unknown as { size: number };
    expect(table.size).toBe(1);
    store.close();
    for (const use of [
      f,
      () => memory.size,
      () => memory.write(0, new Uint8Array(1)),
      () => global.value,
      () => table.size,
      () => instance.get("new"),
    ]) {
      expect(codeOf(use)).toBe("closed");
    }
  });

  test("what an instance needs of its module and engine outlives them", () => {
    const { engine, instance } = instantiate(`(module (func (export "f") (result i32) (i32.const 3)))`);
    instance.module.close();
    engine.close();
    expect(instance.getFunc("f")()).toBe(3);
  });

  test("can't be closed while its guest runs", () => {
    const { engine } = instantiate(`(module)`);
    const store = new Store(engine);
    const codes: string[] = [];
    const linker = new Linker(engine).func("js", "f", { params: [], results: [] }, () => codes.push(codeOf(() => store.close())));
    const instance = linker.instantiate(
      store,
      guest(engine, `(module (import "js" "f" (func $f)) (func (export "run") call $f))`),
    );
    instance.getFunc("run")();
    expect(codes).toEqual(["busy"]);
    store.close();
  });

  test("has a kind that nothing else passes for", () => {
    const binding = loadBinding();
    const { engine, store, instance } = instantiate(MODULE);
    const impostors: unknown[] = [
      undefined,
      null,
      1,
      "x",
      {},
      [],
      () => {},
      Symbol("s"),
      store.native,
      instance.native,
      instance.getFunc("f"),
      Buffer.alloc(8),
    ];
    for (const impostor of impostors) {
      expect(codeOf(() => binding.moduleImports(impostor as never))).toBe("type");
      expect(codeOf(() => binding.memorySize(impostor as never))).toBe("type");
    }
    expect(codeOf(() => binding.close({} as never))).toBe("type");
    expect(codeOf(() => new Linker(engine).define("a", "b", new Memory(binding, engine.native as never)))).toBe("type");
    expect(codeOf(() => new Linker(engine).define("a", "b", (() => 1) as never))).toBe("type");
  });

  test("everything may be collected, in any order, while calls go on", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const engine = new Engine();
    const module = guest(engine, MODULE);
    const echo = guest(engine, ECHO);
    const linker = new Linker(engine).func("js", "gc", { params: [], results: [] }, () => gc());
    const collecting = guest(
      engine,
      `(module (import "js" "gc" (func $gc)) (func (export "f") (result i32) call $gc i32.const 5))`,
    );
    for (let round = 0; round < 20; round++) {
      // The function is all that is left of its store and instance, and they are collected for while it runs.
      expect(linker.instantiate(new Store(engine), collecting).getFunc("f")()).toBe(5);
      const f = new Linker(engine).instantiate(new Store(engine), module).getFunc("f");
      new Reactor(engine, echo, OPTIONS).run(frame());
      new ThreadPool({ threads: 1 });
      gc();
      f();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const pool = new ThreadPool({ threads: 2 });
    const runs = Array.from({ length: 20 }, () => new Reactor(engine, echo, OPTIONS).runOn(pool, frame()));
    gc();
    for (const { completed } of await Promise.all(runs)) expect(completed).toBe(1);
  });
});
