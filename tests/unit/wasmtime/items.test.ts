import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Linker, Store } from "../../../runtime/wasmtime/src/index.ts";
import { codeOf, guest, instantiate } from "./support.ts";

const PAGE = 65_536;

describe("Memory", () => {
  const { instance } = instantiate(`(module (memory (export "memory") 1 4)
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);
  const memory = instance.getMemory("memory");

  test("copies in and out", () => {
    memory.write(10, Buffer.from("hello"));
    expect(Buffer.from(memory.read(10, 5)).toString()).toBe("hello");
    expect(instance.getFunc("load")(11)).toBe("e".charCodeAt(0));
    const copy = memory.read(10, 5);
    copy[0] = 0;
    expect(instance.getFunc("load")(10)).toBe("h".charCodeAt(0));
    const into = new Uint8Array(2);
    memory.readInto(13, into);
    expect(Buffer.from(into).toString()).toBe("lo");
  });

  test("follows the guest's growth, within its maximum", () => {
    const { instance: grower } = instantiate(
      `(module (memory (export "memory") 1 3) (func (export "grow") (result i32) (memory.grow (i32.const 1))))`,
    );
    const grown = grower.getMemory("memory");
    grown.write(PAGE - 1, Buffer.from([7]));
    expect(grower.getFunc("grow")()).toBe(1);
    expect(grown.size).toBe(2 * PAGE);
    expect(grown.grow(1)).toBe(2);
    expect(grown.read(PAGE - 1, 2)).toEqual(new Uint8Array([7, 0]));
    expect(grower.getFunc("grow")()).toBe(-1);
    expect(codeOf(() => grown.grow(1))).toBe("grow");
    expect(codeOf(() => grown.grow(2 ** 40))).toBe("option");
  });

  test("no range outside of it can be reached", () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(PAGE, PAGE - 1, 2 ** 32, 2 ** 53, -1, Number.NaN));
    fc.assert(
      fc.property(number, number, (offset, length) => {
        const inside =
          Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset + length <= memory.size;
        if (inside) expect(memory.read(offset, length)).toHaveLength(length);
        else expect(["option", "range"]).toContain(codeOf(() => memory.read(offset, length)));
      }),
    );
    fc.assert(
      fc.property(number, fc.uint8Array(), (offset, bytes) => {
        const inside = Number.isInteger(offset) && offset >= 0 && offset + bytes.length <= memory.size;
        if (inside) memory.write(offset, bytes);
        else expect(["option", "range"]).toContain(codeOf(() => memory.write(offset, bytes)));
      }),
    );
  });
});

describe("Global", () => {
  const { instance } = instantiate(`(module
    (global (export "count") (mut i64) (i64.const 7)) (global (export "half") (mut f32) (f32.const 0.5)) (global (export "fixed") i32 (i32.const 3))
    (global (export "reference") (mut funcref) (ref.null func))
    (func (export "count?") (result i64) (global.get 0)))`);

  test("is read and written", () => {
    const count = instance.getGlobal("count");
    count.value = 12n;
    expect(count.value).toBe(12n);
    expect(instance.getFunc("count?")()).toBe(12n);
    const half = instance.getGlobal("half");
    half.value = 0.25;
    expect(half.value).toBe(0.25);
  });

  test("refuses a constant, another type and a reference", () => {
    const fixed = instance.getGlobal("fixed");
    expect(fixed.value).toBe(3);
    expect(codeOf(() => (fixed.value = 4))).toBe("immutable");
    expect(() => (instance.getGlobal("count").value = 5)).toThrow(TypeError);
    expect(codeOf(() => instance.getGlobal("reference").value)).toBe("type");
  });
});

describe("Linker", () => {
  const provider = `(module (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 5)) (table (export "t") 1 funcref)
    (func (export "f") (result i32) (i32.load8_u (i32.const 0))))`;
  const user = `(module (import "p" "m" (memory 1)) (import "p" "g" (global (mut i32))) (import "p" "t" (table 1 funcref)) (import "p" "f" (func $f (result i32)))
    (func (export "run") (result i32) (i32.store8 (i32.const 0) (i32.const 9)) (i32.add (call $f) (global.get 0))))`;

  test("hands one guest's items to another, one by one or as an instance", () => {
    const { engine, store, instance } = instantiate(provider);
    const single = new Linker(engine);
    for (const name of ["m", "g", "t", "f"]) single.define("p", name, instance.get(name) as never);
    expect(single.instantiate(store, guest(engine, user)).getFunc("run")()).toBe(14);
    const whole = new Linker(engine).defineInstance("p", instance);
    expect(whole.instantiate(store, guest(engine, user)).getFunc("run")()).toBe(14);
  });

  test("items serve their own store and engine only", () => {
    const { engine, instance } = instantiate(provider);
    const linker = new Linker(engine).defineInstance("p", instance);
    expect(codeOf(() => linker.instantiate(new Store(engine), guest(engine, user)))).toBe("store");
    const other = instantiate(provider);
    expect(codeOf(() => linker.define("q", "m", other.instance.getMemory("m")))).toBe("engine");
    const neighbour = new Linker(engine).instantiate(new Store(engine), guest(engine, provider));
    expect(codeOf(() => linker.define("q", "m", neighbour.getMemory("m")))).toBe("store");
  });

  test("engines don't mix", () => {
    const one = instantiate(`(module)`);
    const two = instantiate(`(module)`);
    expect(codeOf(() => new Linker(one.engine).instantiate(one.store, guest(two.engine, `(module)`)))).toBe("engine");
    expect(codeOf(() => new Linker(one.engine).instantiate(two.store, guest(one.engine, `(module)`)))).toBe("engine");
  });

  test("a missing import, a wrong type and a taken name are link errors", () => {
    const { engine, store } = instantiate(`(module)`);
    const module = guest(engine, `(module (import "a" "b" (func (param i32))))`);
    const linker = new Linker(engine);
    expect(codeOf(() => linker.instantiate(store, module))).toBe("link");
    linker.func("a", "b", { params: [], results: [] }, () => {});
    expect(codeOf(() => linker.instantiate(store, module))).toBe("link");
    expect(codeOf(() => linker.func("a", "b", { params: ["i32"], results: [] }, () => {}))).toBe("link");
    linker.allowShadowing(true).func("a", "b", { params: ["i32"], results: [] }, () => {});
    linker.instantiate(store, module);
  });

  test("an InstancePre makes many instances", () => {
    const { engine } = instantiate(`(module)`);
    const pre = new Linker(engine).instantiatePre(guest(engine, `(module (global (export "g") (mut i32) (i32.const 0)))`));
    const first = pre.instantiate(new Store(engine)).getGlobal("g");
    const second = pre.instantiate(new Store(engine)).getGlobal("g");
    first.value = 1;
    expect(second.value).toBe(0);
  });
});
