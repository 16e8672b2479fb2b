import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config, Engine, Linker, Module, Store, type WasmtimeError, wat2wasm } from "../../../runtime/wasmtime/src/index.ts";
import { codeOf, guest, thrown } from "./support.ts";

const ANSWER = `(module (func (export "answer") (result i32) i32.const 42))`;

function answer(engine: Engine, module: Module): unknown {
  using store = new Store(engine);
  return new Linker(engine).instantiate(store, module).getFunc("answer")();
}

describe("wat2wasm", () => {
  test("gives a binary", () => {
    expect([...wat2wasm("(module)")]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  });

  test("says where the text is wrong", () => {
    const error = thrown(() => wat2wasm("(module (func $f (unknown.op)))"));
    expect(error.code).toBe("wat");
    expect(error.message).toContain("unknown.op");
  });
});

describe("Module", () => {
  const engine = new Engine();

  test("compiles and runs", () => {
    expect(answer(engine, guest(engine, ANSWER))).toBe(42);
  });

  test("refuses what is no module", () => {
    expect(codeOf(() => Module.compile(engine, new Uint8Array(0)))).toBe("compile");
    expect(codeOf(() => Module.compile(engine, Buffer.from("(module)")))).toBe("compile");
    expect(() => Module.compile(engine, "(module)" as unknown as Uint8Array)).toThrow(TypeError);
  });

  test("compiles on another thread, and the event loop goes on", async () => {
    const functions = Array.from(
      { length: 2_000 },
      (_, i) =>
        `(func (export "f${i}") (param i32) (result i32) ${"local.get 0 i32.const 3 i32.mul drop ".repeat(20)} i32.const ${i})`,
    );
    const wasm = wat2wasm(`(module ${functions.join("\n")})`);
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    const compiling = Module.compileAsync(engine, wasm);
    wasm.fill(0); // it has a copy
    const module = await compiling;
    clearInterval(turn);
    expect(turns).toBeGreaterThan(1);
    using store = new Store(engine);
    expect(new Linker(engine).instantiate(store, module).getFunc("f1999")(1)).toBe(1999);
  });

  test("refuses on another thread what it refuses on this one", async () => {
    await expect(Module.compileAsync(engine, Buffer.from("(module)"))).rejects.toMatchObject({ code: "compile" });
    await expect(Module.compileAsync(engine, "(module)" as unknown as Uint8Array)).rejects.toThrow(TypeError);
    const closed = new Engine();
    const compiling = Module.compileAsync(closed, wat2wasm(ANSWER));
    closed.close(); // once asked for, it is made
    expect((await compiling).exports()).toHaveLength(1);
    await expect(Module.compileAsync(closed, wat2wasm(ANSWER))).rejects.toMatchObject({ code: "closed" });
  });

  test.each([
    ["threads", `(module (memory 1 1 shared))`],
    ["relaxed SIMD", `(module (func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle))`],
    ["memory64", `(module (memory i64 1))`],
    ["several memories", `(module (memory 1) (memory 1))`],
    ["garbage collection", `(module (type $s (struct)))`],
    ["exceptions", `(module (tag))`],
    ["typed function references", `(module (type $f (func)) (func (param (ref $f))))`],
  ])("has no %s", (_, wat) => {
    expect(thrown(() => Module.validate(engine, wat2wasm(wat))).code).toBe("validate");
    expect(codeOf(() => guest(engine, wat))).toBe("compile");
  });

  test("validates without compiling", () => {
    Module.validate(engine, wat2wasm(ANSWER));
    const error = thrown(() => Module.validate(engine, wat2wasm(`(module (func (result i32)))`)));
    expect(error.message).toContain("type mismatch");
  });

  test("describes imports and exports, whatever their types", () => {
    const module = guest(
      engine,
      `(module
        (import "a" "f" (func (param i32 i64 f32 f64 v128) (result funcref)))
        (import "a" "g" (global (mut i64)))
        (memory (export "m") 1 3)
        (table (export "t") 2 funcref))`,
    );
    expect(module.imports()).toEqual([
      { module: "a", name: "f", type: { kind: "func", params: ["i32", "i64", "f32", "f64", "v128"], results: ["funcref"] } },
      { module: "a", name: "g", type: { kind: "global", content: "i64", mutable: true } },
    ]);
    expect(module.exports()).toEqual([
      { name: "m", type: { kind: "memory", minimum: 1, maximum: 3 } },
      { name: "t", type: { kind: "table", element: "funcref" } },
    ]);
  });

  test("survives as an artefact, in memory and in a file", () => {
    const artefact = guest(engine, ANSWER).serialize();
    expect(answer(engine, Module.deserialize(engine, artefact))).toBe(42);
    const folder = mkdtempSync(join(tmpdir(), "module-"));
    try {
      writeFileSync(join(folder, "answer.cwasm"), artefact);
      expect(answer(engine, Module.deserializeFile(engine, join(folder, "answer.cwasm")))).toBe(42);
      expect(codeOf(() => Module.deserializeFile(engine, join(folder, "missing")))).toBe("deserialize");
      expect(codeOf(() => Module.deserializeFile(engine, "a\0b"))).toBe("option");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("an artefact of other settings, or a cut one, is refused", () => {
    const artefact = guest(engine, ANSWER).serialize();
    const fueled = new Engine(new Config({ consumeFuel: true }));
    expect(codeOf(() => Module.deserialize(fueled, artefact))).toBe("deserialize");
    expect(codeOf(() => Module.deserialize(engine, artefact.subarray(0, 100)))).toBe("deserialize");
    expect(codeOf(() => Module.deserialize(engine, wat2wasm(ANSWER)))).toBe("deserialize");
  });

  test("any bytes compile or are refused", () => {
    const valid = wat2wasm(ANSWER);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, value]) => {
        const changed = valid.slice();
        changed[at] = value;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, (wasm) => {
        try {
          Module.compile(engine, wasm).close();
        } catch (error) {
          expect((error as WasmtimeError).code).toBe("compile");
        }
      }),
      { numRuns: 500 },
    );
  });
});
