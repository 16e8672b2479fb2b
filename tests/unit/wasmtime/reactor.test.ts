import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config, Engine, Trap } from "../../../runtime/wasmtime/src/index.ts";
import { batch, ECHO, effects, frame, handler, type Input, LIMITS, reactor, reactorWat, trapOf } from "./reactors.ts";
import { codeOf, guest } from "./support.ts";

const engine = new Engine(new Config({ pooling: { instances: 200, memoryBytes: 1 << 20, tableElements: 100 } }));
const echo = guest(engine, ECHO);

/** Takes the buffer away from under `view`, as far as the runtime lets one, and returns its bytes. */
function tryTransfer(view: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = view.slice();
  try {
    (view.buffer as ArrayBuffer & { transfer(): ArrayBuffer }).transfer();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
  expect(() => structuredClone(view, { transfer: [view.buffer] })).toThrow();
  return copy;
}

describe("a reactor", () => {
  test("hands inputs in and records effects, whatever they hold", () => {
    const input = fc.record({
      kind: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      at: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      ratio: fc.double({ noNaN: true }),
      slots: fc.tuple(
        fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes.map((byte) => byte & 0x7f))),
        fc.uint8Array({ maxLength: 300 }),
      ),
    });
    const subject = reactor(engine, echo);
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (inputs) => {
        const result = subject.run(batch(...inputs));
        expect(result.completed).toBe(inputs.length);
        expect(result.stop).toBeUndefined();
        const expected = inputs.flatMap(({ kind, at, ratio, slots: [topic, payload] }, index) => [
          { input: index, call: "publish", kind, topic: topic.toString(), payload: Buffer.from(payload) },
          { input: index, call: "note", at, ratio },
        ]);
        expect(effects(result)).toEqual(expected);
      }),
    );
  });

  test("a single frame is a batch of one", () => {
    const subject = reactor(engine, echo);
    const input = frame({ kind: 3, slots: [Buffer.from("t"), Buffer.from("p")] });
    expect(effects(subject.send(input))).toEqual(effects(subject.run(input)));
    expect(subject.run(new Uint8Array(0))).toEqual({ completed: 0, effects: new Uint8Array(0), memoryBytes: 65_536 });
  });

  test("effects stay their caller's", () => {
    const subject = reactor(engine, echo, { limits: { ...LIMITS, effectBytes: 1 << 20 } });
    const results = Array.from({ length: 3000 }, (_, i) => subject.run(batch(...Array(1 + (i % 90)).fill({ at: BigInt(i) }))));
    results.forEach((result, i) => {
      const notes = effects(result).filter((effect) => effect.call === "note");
      expect(notes).toHaveLength(1 + (i % 90));
      expect(notes.every((effect) => effect.at === BigInt(i))).toBe(true);
    });
  });

  test("effects stay usable when their buffer is transferred", () => {
    const subject = reactor(engine, echo);
    const first = subject.run(frame({ at: 1n }));
    // An ArrayBuffer that is marked so can't be transferred; where it can, what is run later has a new one.
    const moved = tryTransfer(first.effects);
    for (let i = 0; i < 5000; i++) {
      const result = subject.run(frame({ at: BigInt(i) }));
      expect(effects(result)).toMatchObject([{}, { at: BigInt(i) }]);
      if (i % 1000 === 0) tryTransfer(result.effects);
    }
    expect(effects({ ...first, effects: moved })).toMatchObject([{}, { at: 1n }]);
  });

  test("an exchange fills the output, and says when it can't", () => {
    const subject = reactor(engine, guest(engine, handler(`(call $note (local.get $at) (f64.const 0)) (local.get $kind)`)), {
      limits: { ...LIMITS, effectBytes: 1 << 20 },
    });
    const note = (at: bigint, input = 0) => ({ input, call: "note", at, ratio: 0 });
    const run = (...inputs: Input[]) => {
      const bytes = batch(...inputs);
      subject.input.set(bytes);
      const size = subject.exchange(bytes.length);
      return size < 0 ? size : effects({ completed: 0, effects: subject.output.slice(0, size), memoryBytes: 0 });
    };
    const owned = subject.run(batch({ at: 1n }));
    expect(run({ at: 2n })).toEqual([note(2n)]);
    expect(run({ at: 3n }, { at: 4n }, { at: 5n })).toEqual([note(3n), note(4n, 1), note(5n, 2)]);
    expect(run({ at: 6n }, { kind: 4 })).toBe(-1);
    const stopped = subject.result();
    expect(stopped).toMatchObject({ completed: 1, stop: { kind: "result", value: 4 } });
    // What the stopped input had recorded is told apart from what the run did
    const wrote = { completed: 0, effects: stopped.stop?.effects as Uint8Array<ArrayBuffer>, memoryBytes: 0 };
    expect(effects(wrote)).toEqual([note(0n, 1)]);
    expect(run()).toEqual([]);
    const later = subject.run(batch({ at: 10n }));
    expect([owned, stopped, later].map(effects)).toEqual([[note(1n)], [note(6n)], [note(10n)]]);
    expect(codeOf(() => subject.exchange(3))).toBe("batch");
    expect(codeOf(() => subject.exchange(70_000))).toBe("range");
    expect(() => subject.exchange("3" as unknown as number)).toThrow(TypeError);
    tryTransfer(subject.input);
    expect(run({ at: 11n })).toEqual([note(11n)]);
  });

  test("an exchange with more effects than the output holds", () => {
    const body = `(local $i i32) (loop (call $publish (i32.const 0) (i32.const 0) (i32.const 30000) (i32.const 0) (i32.const 0)) (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $kind)))) (i32.const 0)`;
    const subject = reactor(engine, guest(engine, handler(body)), { limits: { ...LIMITS, effectBytes: 1 << 20 } });
    for (const [times, size] of [
      [2, 60_048],
      [5, -1],
      [1, 30_024],
    ] as const) {
      const bytes = frame({ kind: times });
      subject.input.set(bytes);
      expect(subject.exchange(bytes.length)).toBe(size);
      if (size < 0) expect(effects(subject.result())).toHaveLength(times);
    }
  });

  test("reads a slot in parts, and nothing past its end", () => {
    const subject = reactor(
      engine,
      guest(
        engine,
        handler(`(local $n i32)
          (local.set $n (call $read (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 3)))
          (call $publish (local.get $n) (i32.const 100) (local.get $n) (i32.const 0) (i32.const 0))
          (local.set $n (call $read (i32.const 0) (i32.const 4) (i32.const 100) (i32.const 3)))
          (call $publish (local.get $n) (i32.const 100) (local.get $n) (i32.const 0) (i32.const 0))
          (local.set $n (call $read (i32.const 0) (i32.const 99) (i32.const 100) (i32.const 3)))
          (call $publish (local.get $n) (i32.const 100) (local.get $n) (i32.const 0) (i32.const 0))
          (local.set $n (call $read (i32.const 0) (i32.const -1) (i32.const 100) (i32.const 3)))
          (call $publish (local.get $n) (i32.const 100) (local.get $n) (i32.const 0) (i32.const 0))
          (i32.const 0)`),
      ),
    );
    const found = effects(subject.run(frame({ slots: [Buffer.from("abcdef"), Buffer.alloc(0)] })));
    expect(found.map((effect) => effect.call === "publish" && [effect.kind, effect.topic])).toEqual([
      [3, "cde"],
      [2, "ef"],
      [0, ""],
      [0, ""],
    ]);
  });

  test("a result other than 0 stops, keeps what was completed, and the guest goes on", () => {
    const subject = reactor(engine, guest(engine, handler(`(call $note (local.get $at) (f64.const 0)) (local.get $kind)`)));
    const result = subject.run(batch({ at: 1n }, { at: 2n, kind: -5 }, { at: 3n }));
    expect(result).toMatchObject({ completed: 1, stop: { kind: "result", value: -5 } });
    expect(effects(result)).toEqual([{ input: 0, call: "note", at: 1n, ratio: 0 }]);
    expect(subject.run(batch({}, {})).completed).toBe(2);
  });

  test("a trap stops, keeps what was completed, and ends the reactor", () => {
    const subject = reactor(
      engine,
      guest(
        engine,
        handler(`(call $note (local.get $at) (f64.const 0)) (if (local.get $kind) (then unreachable)) (i32.const 0)`),
      ),
    );
    const result = subject.run(batch({ at: 1n }, { at: 2n }, { at: 3n, kind: 1 }, {}));
    expect(result.completed).toBe(2);
    expect(effects(result).map((effect) => effect.input)).toEqual([0, 1]);
    expect(trapOf(result)).toBeInstanceOf(Trap);
    expect(trapOf(result)).toMatchObject({ code: "unreachable", frames: [{ function: "handle", module: "guest" }] });
    expect(codeOf(() => subject.run(frame()))).toBe("trapped");
  });

  test("finish runs once after a whole batch, numbered after its inputs", () => {
    const module = guest(
      engine,
      reactorWat(`(global $n (mut i64) (i64.const 0))
        (func (export "handle") (param i32 i64 f64 i32 i32) (result i32) (global.set $n (i64.add (global.get $n) (i64.const 1))) (local.get 0))
        (func (export "finish") (result i32) (call $note (global.get $n) (f64.const 0)) (if (i64.eq (global.get $n) (i64.const 9)) (then (return (i32.const 4)))) (i32.const 0))`),
    );
    const subject = reactor(engine, module, { finish: "finish" });
    expect(effects(subject.run(batch({}, {}, {})))).toEqual([{ input: 3, call: "note", at: 3n, ratio: 0 }]);
    expect(effects(subject.run(batch({}, { kind: 1 })))).toEqual([]);
    expect(effects(subject.run(batch()))).toEqual([{ input: 0, call: "note", at: 5n, ratio: 0 }]);
    const refused = subject.run(batch({}, {}, {}, {}));
    expect(refused).toMatchObject({ completed: 4, stop: { kind: "result", value: 4 } });
    expect(refused.effects).toHaveLength(0);
  });

  test("an input has its own deadline", () => {
    const subject = reactor(engine, guest(engine, handler(`(if (local.get $kind) (then (loop (br 0)))) (i32.const 0)`)), {
      limits: { ...LIMITS, deadlineTicks: 10 },
    });
    const result = subject.run(batch({}, { kind: 1 }, {}));
    expect(result.completed).toBe(1);
    expect(trapOf(result).code).toBe("interrupt");
  });

  test("fuel is counted, and ends an input", () => {
    const metered = new Engine(new Config({ consumeFuel: true }));
    const module = guest(metered, handler(`(if (local.get $kind) (then (loop (br 0)))) (i32.const 0)`));
    const options = { limits: { ...LIMITS, fuel: 10_000 } };
    const [one, two] = [reactor(metered, module, options), reactor(metered, module, options)];
    const used = one.run(batch({}, {})).fuelUsed;
    expect(used).toBeGreaterThan(0n);
    expect(two.run(batch({}, {})).fuelUsed).toBe(used);
    const result = one.run(frame({ kind: 1 }));
    expect(trapOf(result).code).toBe("out-of-fuel");
    expect(result.fuelUsed).toBe(10_000n);
  });

  test("measures when it is told to", () => {
    expect(reactor(engine, echo, { measure: true }).run(frame()).micros).toBeGreaterThan(0);
    expect(reactor(engine, echo).run(frame()).micros).toBeUndefined();
  });

  test("AssemblyScript's abort carries message and place", () => {
    // A string is UTF-16 with its byte length in the u32 before it: at 24 "Ünï😀", at 44 a lone surrogate, at 52 "a.ts".
    const module = guest(
      engine,
      `(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory (export "memory") 1)
        (data (i32.const 20) "\\0a\\00\\00\\00\\dc\\00n\\00\\ef\\00\\3d\\d8\\00\\de") (data (i32.const 40) "\\02\\00\\00\\00\\3d\\d8") (data (i32.const 48) "\\08\\00\\00\\00a\\00.\\00t\\00s\\00")
        (func (export "handle") (param i32 i64 f64 i32 i32) (result i32) (call $abort (local.get 0) (i32.const 52) (i32.const 7) (i32.const 3)) (i32.const 0)))`,
    );
    const message = (pointer: number) =>
      trapOf(reactor(engine, module, { abort: "assemblyscript" }).run(frame({ kind: pointer }))).message;
    expect(message(24)).toBe("Ünï😀 (a.ts:7:3)");
    expect(message(44)).toBe("\ufffd (a.ts:7:3)");
    expect(message(0)).toBe("abort (a.ts:7:3)");
    for (const wild of [1, 3, 65_536, 65_537, -1, 0x7fffffff]) expect(message(wild)).toBe("abort (a.ts:7:3)");
    expect(codeOf(() => reactor(engine, module))).toBe("link");
  });

  test("JavaScript imports run on this thread, and what they throw comes out", () => {
    const module = guest(
      engine,
      `(module (import "env" "seed" (func $seed (param i32) (result f64))) (import "host" "note" (func $note (param i64 f64))) (memory (export "memory") 1)
        (func (export "handle") (param i32 i64 f64 i32 i32) (result i32) (call $note (i64.const 0) (call $seed (local.get 0))) (i32.const 0)))`,
    );
    const input = frame({ kind: 8 });
    const subject = reactor(engine, module, {
      extraImports: [
        {
          module: "env",
          name: "seed",
          params: ["i32"],
          results: ["f64"],
          call: (kind: number) => {
            if (kind === 9) throw new Error("no seed");
            structuredClone(input.buffer, { transfer: [input.buffer] });
            expect(codeOf(() => subject.run(frame()))).toBe("busy");
            expect(codeOf(() => subject.close())).toBe("busy");
            return kind / 2;
          },
        },
      ],
    });
    expect(effects(subject.run(input))).toEqual([{ input: 0, call: "note", at: 0n, ratio: 4 }]);
    expect(() => subject.run(frame({ kind: 9 }))).toThrow("no seed");
    expect(codeOf(() => subject.run(frame()))).toBe("trapped");
  });
});
