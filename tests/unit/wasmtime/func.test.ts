import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Engine, Linker, Store, Trap, type Value } from "../../../runtime/wasmtime/src/index.ts";
import { codeOf, guest, instantiate, thrown } from "./support.ts";

const SAME = `(module
  (func (export "i32") (param i32) (result i32) local.get 0)
  (func (export "i64") (param i64) (result i64) local.get 0)
  (func (export "f32") (param f32) (result f32) local.get 0)
  (func (export "f64") (param f64) (result f64) local.get 0)
  (func (export "swap") (param i32 i64) (result i64 i32) local.get 1 local.get 0)
  (func (export "sum") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 9)))
  (func (export "many") (result i32 i32 i32 i32 i32 i32 i32 i32 i32)
    i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6 i32.const 7 i32.const 8 i32.const 9)
  (func (export "nothing"))
  (func (export "vector") (param v128)))`;

describe("a guest's function", () => {
  const { instance } = instantiate(SAME);
  const call = (name: string, ...args: Value[]) => instance.getFunc(name)(...args);

  test("numbers come back as JavaScript's WebAssembly gives them", () => {
    fc.assert(fc.property(fc.double(), (value) => void expect(call("i32", value)).toBe(value | 0)));
    fc.assert(fc.property(fc.bigInt(), (value) => void expect(call("i64", value)).toBe(BigInt.asIntN(64, value))));
    fc.assert(fc.property(fc.double(), (value) => void expect(call("f32", value)).toBe(Math.fround(value))));
    fc.assert(fc.property(fc.double(), (value) => void expect(call("f64", value)).toBe(value)));
  });

  test("several results are an array, none is undefined", () => {
    expect(call("swap", 1, 2n)).toEqual([2n, 1]);
    expect(call("many")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(call("nothing")).toBeUndefined();
  });

  test("takes more parameters than fit on the fast path", () => {
    expect(call("sum", 1, 0, 0, 0, 0, 0, 0, 0, 0, 41)).toBe(42);
  });

  test("arguments of a wrong type, or missing ones, are TypeErrors", () => {
    expect(() => call("i32", 1n)).toThrow(TypeError);
    expect(() => call("i64", 1)).toThrow("A bigint was expected");
    expect(() => call("f64", "1" as unknown as number)).toThrow("A number was expected");
    expect(() => call("swap", 1)).toThrow(TypeError);
    expect(() => call("sum", 1)).toThrow(TypeError);
  });

  test("a vector can't cross", () => {
    expect(codeOf(() => call("vector", 1))).toBe("type");
  });

  test("exports are made once, and found by name", () => {
    expect(instance.exports.i32).toBe(instance.getFunc("i32"));
    expect(Object.keys(instance.exports)).toContain("swap");
    expect(instance.get("missing")).toBeUndefined();
    expect(instance.exports.constructor).toBeUndefined();
    expect(codeOf(() => instance.getFunc("missing"))).toBe("export");
    expect(codeOf(() => instance.getMemory("i32"))).toBe("export");
  });
});

describe("a JavaScript import", () => {
  const engine = new Engine();
  const module = guest(
    engine,
    `(module $caller
      (import "js" "f" (func $f (param i32 i64 f32 f64) (result i64)))
      (import "js" "pair" (func $pair (result i32 f64)))
      (func $run (export "run") (result i64) i32.const -1 i64.const 2 f32.const 1.5 f64.const 2.5 call $f)
      (func (export "pair") (result i32 f64) call $pair))`,
  );

  function linked(f: (...args: never[]) => unknown, pair: () => unknown = () => [1, 2]) {
    const linker = new Linker(engine)
      .func("js", "f", { params: ["i32", "i64", "f32", "f64"], results: ["i64"] }, f)
      .func("js", "pair", { params: [], results: ["i32", "f64"] }, pair);
    return linker.instantiate(new Store(engine), module);
  }

  test("gets and gives values", () => {
    const seen: unknown[] = [];
    const instance = linked((...args) => {
      seen.push(...args);
      return 7n;
    });
    expect(instance.getFunc("run")()).toBe(7n);
    expect(seen).toEqual([-1, 2n, 1.5, 2.5]);
    expect(
      linked(
        () => 0n,
        () => [3, 4.5],
      ).getFunc("pair")(),
    ).toEqual([3, 4.5]);
  });

  test.each([new Error("mine"), "a string", undefined, null, 5])("throws %s through the guest as it is", (exception) => {
    const instance = linked(() => {
      throw exception;
    });
    let caught: unknown = "nothing";
    try {
      instance.getFunc("run")();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(exception);
  });

  test("a result of a wrong type is a TypeError", () => {
    expect(() => linked(() => "seven").getFunc("run")()).toThrow(TypeError);
    expect(() =>
      linked(
        () => 0n,
        () => [1],
      ).getFunc("pair")(),
    ).toThrow(TypeError);
    expect(() =>
      linked(
        () => 0n,
        () => 5,
      ).getFunc("pair")(),
    ).toThrow(TypeError);
  });

  test("the guest can be called again after an exception", () => {
    let fail = true;
    const instance = linked(() => {
      if (fail) throw new Error("once");
      return 1n;
    });
    expect(() => instance.getFunc("run")()).toThrow("once");
    fail = false;
    expect(instance.getFunc("run")()).toBe(1n);
  });

  test("an import that calls back in and catches the trap goes on", () => {
    const inner = instantiate(`(module (func (export "f") unreachable))`).instance.getFunc("f");
    const instance = linked(() => {
      expect(codeOf(inner)).toBe("unreachable");
      return 5n;
    });
    expect(instance.getFunc("run")()).toBe(5n);
  });
});

describe("a trap", () => {
  test("has a code, a message and the guest's frames", () => {
    const { instance } = instantiate(`(module $shop
      (func $divide (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
      (func $main (export "main") (result i32) (call $divide (i32.const 0))))`);
    const trap = thrown(instance.getFunc("main")) as Trap;
    expect(trap).toBeInstanceOf(Trap);
    expect(trap.code).toBe("integer-division-by-zero");
    expect(trap.message).toBe("wasm trap: integer divide by zero");
    expect(trap.frames.map(({ function: name, module, index }) => ({ name, module, index }))).toEqual([
      { name: "divide", module: "shop", index: 0 },
      { name: "main", module: "shop", index: 1 },
    ]);
    expect(trap.frames[0]?.moduleOffset).toBeGreaterThan(0);
  });

  test.each([
    ["unreachable", `unreachable`],
    ["memory-out-of-bounds", `(drop (i32.load (i32.const 0x7ffffff0)))`],
    ["memory-out-of-bounds", `(i64.store offset=0xfffffff0 (i32.const -1) (i64.const 1))`],
    ["memory-out-of-bounds", `(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))`],
    ["table-out-of-bounds", `(call_indirect (i32.const 100))`],
    ["indirect-call-to-null", `(call_indirect (i32.const 1))`],
    ["bad-signature", `(call_indirect (param i32) (i32.const 1) (i32.const 0))`],
    ["integer-overflow", `(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))`],
    ["bad-conversion", `(drop (i32.trunc_f64_s (f64.const nan)))`],
    ["integer-overflow", `(drop (i32.trunc_f64_s (f64.const 1e30)))`],
  ])("%s", (code, body) => {
    const { instance } = instantiate(
      `(module (memory 1) (table 2 funcref) (elem (i32.const 0) $f) (func $f (export "f") ${body}))`,
    );
    for (let again = 0; again < 3; again++) expect(codeOf(instance.getFunc("f"))).toBe(code);
  });
});
