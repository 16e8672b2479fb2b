// What a reactor refuses: bad guests, bad batches, bad options.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config, Engine, type Module } from "../../../runtime/wasmtime/src/index.ts";
import { batch, ECHO, effects, frame, handler, LIMITS, OPTIONS, reactor, reactorWat, trapOf } from "./reactors.ts";
import { codeOf, guest } from "./support.ts";

const engine = new Engine(new Config({ pooling: { instances: 200, memoryBytes: 1 << 20, tableElements: 100 } }));
const echo = guest(engine, ECHO);

/** The code of the trap that `body` ends with. */
function trapCode(body: string, input = {}): string {
  return trapOf(reactor(engine, guest(engine, handler(body))).run(frame(input))).code;
}

describe("a bad guest", () => {
  const WILD = [65_536, 65_537, -1, 0x7fffffff, -0x80000000];

  test.each(WILD)("pointer %d traps in every import", (pointer) => {
    expect(trapCode(`(drop (call $read (i32.const 0) (i32.const 0) (i32.const ${pointer}) (i32.const 5))) (i32.const 0)`)).toBe(
      "guest-pointer",
    );
    expect(
      trapCode(`(call $publish (i32.const 0) (i32.const ${pointer}) (i32.const 1) (i32.const 0) (i32.const 0)) (i32.const 0)`),
    ).toBe("guest-pointer");
    expect(
      trapCode(`(call $publish (i32.const 0) (i32.const 0) (i32.const 1) (i32.const ${pointer}) (i32.const 1)) (i32.const 0)`),
    ).toBe("guest-pointer");
  });

  test.each(WILD)("length %d traps in every import", (length) => {
    expect(trapCode(`(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const ${length}))) (i32.const 0)`)).toBe(
      "guest-pointer",
    );
    expect(
      trapCode(`(call $publish (i32.const 0) (i32.const 1) (i32.const ${length}) (i32.const 0) (i32.const 0)) (i32.const 0)`),
    ).toBe("guest-pointer");
  });

  test("the last byte and an empty range at the very end are fine", () => {
    const subject = reactor(
      engine,
      guest(
        engine,
        handler(`(call $publish (i32.const 0) (i32.const 65535) (i32.const 1) (i32.const 65536) (i32.const 0)) (i32.const 0)`),
      ),
    );
    expect(effects(subject.run(frame()))).toMatchObject([{ topic: "\0", payload: Buffer.alloc(0) }]);
  });

  test.each([2, 3, 31, 32, 1000, -1])("slot %d, which its inputs do not have, traps", (slot) => {
    expect(trapCode(`(drop (call $read (i32.const ${slot}) (i32.const 0) (i32.const 1) (i32.const 1))) (i32.const 0)`)).toBe(
      "no-slot",
    );
  });

  test("no slot is readable in finish", () => {
    const module = guest(
      engine,
      reactorWat(`(func (export "handle") (param i32 i64 f64 i32 i32) (result i32) i32.const 0)
        (func (export "finish") (result i32) (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`),
    );
    expect(trapOf(reactor(engine, module, { finish: "finish" }).run(frame())).code).toBe("no-slot");
  });

  test("an effects storm ends at its limit, across the whole run", () => {
    const storm = handler(
      `(loop (call $publish (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 100)) (br 0)) (i32.const 0)`,
    );
    const result = reactor(engine, guest(engine, storm)).run(frame());
    expect(trapOf(result).code).toBe("effects-limit");
    expect(result.effects).toHaveLength(0);
    const subject = reactor(engine, echo, { limits: { ...LIMITS, effectBytes: 1000 } });
    const many = subject.run(batch(...Array(100).fill({})));
    expect(trapOf(many).code).toBe("effects-limit");
    expect(many.completed).toBe(Math.floor(1000 / (12 + 12 + 12 + 16)));
    expect(many.effects.length).toBe(many.completed * 52);
  });

  test("imports are not there while it is instantiated", () => {
    const start = (body: string) =>
      guest(
        engine,
        reactorWat(
          `(func $start ${body}) (start $start) (func (export "handle") (param i32 i64 f64 i32 i32) (result i32) i32.const 0)`,
        ),
      );
    expect(codeOf(() => reactor(engine, start(`(call $note (i64.const 0) (f64.const 0))`)))).toBe("not-ready");
    expect(
      codeOf(() => reactor(engine, start(`(drop (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`))),
    ).toBe("no-slot");
    expect(codeOf(() => reactor(engine, start(`(loop (br 0))`)))).toBe("interrupt");
    expect(codeOf(() => reactor(engine, start(`unreachable`)))).toBe("unreachable");
  });

  test("without the exports it must have is refused", () => {
    const refuse = (wat: string, options = {}) => codeOf(() => reactor(engine, guest(engine, wat), options));
    expect(refuse(`(module (memory (export "memory") 1))`)).toBe("export");
    expect(refuse(`(module (func (export "handle") (param i32 i64 f64 i32 i32) (result i32) i32.const 0))`)).toBe("export");
    expect(refuse(`(module (memory (export "memory") 1) (func (export "handle") (param i32) (result i32) i32.const 0))`)).toBe(
      "export",
    );
    expect(refuse(ECHO, { finish: "finish" })).toBe("export");
    expect(refuse(`(module (import "host" "launch" (func)))`)).toBe("link");
  });

  test("an exhausted pool refuses, and closing gives the slot back", () => {
    const small = new Engine(new Config({ pooling: { instances: 2, memoryBytes: 1 << 20, tableElements: 1 } }));
    const module = guest(small, ECHO);
    const [one] = [reactor(small, module), reactor(small, module)];
    expect(codeOf(() => reactor(small, module))).toBe("instantiate");
    one.close();
    expect(reactor(small, module).run(frame()).completed).toBe(1);
  });
});

describe("a batch", () => {
  const subject = reactor(engine, echo);

  test("that is malformed is refused before anything runs", () => {
    const good = batch({ slots: [Buffer.from("topic"), Buffer.from("payload")] }, {});
    for (let length = 1; length < good.length; length++) {
      const cut = good.subarray(0, length);
      if (length === 44) expect(subject.run(cut).completed).toBe(1);
      else expect(codeOf(() => subject.run(cut))).toBe("batch");
    }
    expect(() => subject.run([] as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => subject.run(good.buffer as unknown as Uint8Array)).toThrow(TypeError);
  });

  test("of any bytes runs or is refused", () => {
    const start = batch({ slots: [Buffer.from("topic"), Buffer.from("payload")] }, { at: 5n });
    const mutated = fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
      const bytes = start.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 120 })), (bytes) => {
        try {
          subject.run(bytes);
        } catch (error) {
          expect((error as { code: string }).code).toBe("batch");
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("in shared memory works too", () => {
    const input = frame({ at: 3n });
    const shared = new Uint8Array(new SharedArrayBuffer(input.length));
    shared.set(input);
    expect(effects(subject.run(shared))).toMatchObject([{}, { at: 3n }]);
  });
});

describe("options", () => {
  const refused = (options: object, module: Module = echo) => codeOf(() => reactor(engine, module, options));

  test("are checked before anything native sees them", () => {
    expect(refused({ slots: 33 })).toBe("option");
    expect(refused({ slots: -1 })).toBe("option");
    expect(refused({ scalars: Array(33).fill("i32") })).toBe("option");
    expect(refused({ scalars: ["f32"] })).toBe("option");
    expect(refused({ entry: "" })).toBe("option");
    expect(refused({ unknown: 1 })).toBe("option");
    expect(refused({ abort: "rust" })).toBe("option");
    expect(refused({ limits: { ...LIMITS, deadlineTicks: 0 } })).toBe("option");
    expect(refused({ limits: { ...LIMITS, memoryBytes: -1 } })).toBe("option");
    expect(refused({ limits: { ...LIMITS, fuel: 5 } })).toBe("option");
    expect(refused({ imports: { ...OPTIONS.imports, calls: [{ name: "x", args: ["string"] }] } })).toBe("option");
    expect(refused({ imports: { ...OPTIONS.imports, calls: [{ name: "x", args: Array(17).fill("i32") }] } })).toBe("option");
    expect(refused({ imports: { ...OPTIONS.imports, calls: [{ name: "read", args: [] }] } })).toBe("link");
  });

  test("a module of another engine is refused", () => {
    expect(codeOf(() => reactor(new Engine(), echo))).toBe("engine");
  });
});
