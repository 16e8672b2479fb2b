import fc from "fast-check";
import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { type ControlAnswer, ControlReader, encodeLoad, encodeUnload } from "../../../runtime/inference/native/control.ts";

const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const text = (value: string) => Buffer.concat([words(value.length), Buffer.from(value)]);
const message = (kind: number, ...body: Buffer[]) => {
  const whole = Buffer.concat(body);
  return Buffer.concat([words(whole.length + 4, kind), whole]);
};
const long = (value: bigint) => Buffer.from(BigInt64Array.of(value).buffer);

const HELLO = message(1, words(1, 7, 1, 65_534), text("1.32.0"));
const PORT = [words(1, 2), text("in"), long(-1n), text("rows"), long(64n), text("")];
const LOADED = message(2, words(5), long(2_500_000n), words(1, 1), ...PORT, ...PORT);
const REFUSED = message(3, words(6), Buffer.from("no such operator"));

const IN = { name: "in", dtype: "float32", dims: [-1, 64], symbols: ["rows", ""] };
const ANSWERS: ControlAnswer[] = [
  { kind: "hello", hello: { version: "1.32.0", landlock: 7, seccomp: true, user: 65_534 } },
  { kind: "loaded", session: 5, millis: 2.5, inputs: [IN], outputs: [IN] } as ControlAnswer,
  { kind: "refused", session: 6, reason: "no such operator" },
];

test("answers are read however the pipe cuts them", () => {
  const whole = Buffer.concat([HELLO, LOADED, REFUSED]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: whole.length }), { maxLength: 20 }), (cuts) => {
      const reader = new ControlReader();
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const answers = places.slice(1).flatMap((to, index) => reader.push(whole.subarray(places[index], to)));
      expect(answers).toEqual(ANSWERS);
    }),
  );
});

test("any other bytes are answers, not whole yet, or E_INFER_WORKER", () => {
  const changed = fc
    .tuple(fc.constantFrom(HELLO, LOADED, REFUSED), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }))
    .map(([bytes, changes]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      try {
        new ControlReader().push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(StepppsError);
        expect((error as StepppsError).code).toBe("E_INFER_WORKER");
      }
    }),
    { numRuns: 1000 },
  );
});

test("what is asked of the worker is framed as it reads it", () => {
  expect(Buffer.from(encodeLoad(3, 1, 1000))).toEqual(words(1012, 1, 3, 1));
  expect(Buffer.from(encodeUnload(3))).toEqual(words(8, 2, 3));
});
