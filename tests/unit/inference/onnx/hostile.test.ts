import fc from "fast-check";
import { expect, test } from "vitest";
import { crossingNetwork } from "../../../../assembly/models/crossing.ts";
import { encodeOnnx } from "../../../../assembly/models/onnx/encode.ts";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { readOnnx } from "../../../../runtime/inference/onnx/read.ts";

const SMALL = encodeOnnx(
  {
    name: "g",
    inputs: [{ name: "x", dtype: "float32", dims: ["n", 3] }],
    outputs: [{ name: "y", dtype: "float32", dims: ["n", 3] }],
    constants: [
      { name: "c", dims: [3], values: Float32Array.of(1, 2, 3) },
      { name: "s", dims: [1], values: BigInt64Array.of(3n) },
    ],
    nodes: [
      { operator: "Expand", inputs: ["c", "s"], outputs: ["e"] },
      { operator: "Add", inputs: ["x", "e"], outputs: ["y"], attributes: { axes: [1, 2], keepdims: 0 } },
    ],
  },
  "test",
);

/** A change that somebody makes to a good file: bytes overwritten, cut out, put in or put in twice. */
const change = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 12 }),
  kind: fc.constantFrom("overwrite", "remove", "insert", "repeat", "cut"),
  bytes: fc.uint8Array({ maxLength: 12 }),
});

test("a changed file is read or refused with a code of models', whatever was changed", () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      isAnswered(changes.reduce<Buffer>((file, each) => apply(file, each), Buffer.from(SMALL)));
    }),
    { numRuns: 5_000 },
  );
});

test("bytes of any kind are refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), isAnswered), { numRuns: 2_000 });
});

test("each byte of a file, replaced by each of some values", () => {
  for (let at = 0; at < SMALL.length; at++) {
    for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      const file = SMALL.slice();
      file[at] = value;
      isAnswered(file);
    }
  }
});

test("each beginning of a file is refused", () => {
  const file = crossingNetwork();
  // The operator set comes last: no beginning names it.
  for (let length = 0; length < file.length; length += 7) expect(() => readOnnx(file.subarray(0, length))).toThrow(StepppsError);
});

function isAnswered(file: Uint8Array): void {
  try {
    readOnnx(file);
  } catch (error) {
    expect(error).toBeInstanceOf(StepppsError);
    expect((error as StepppsError).code).toMatch(/^E_MODEL_(ONNX|EXTERNAL|LIMIT|GRAPH|OPSET)$/);
  }
}

function apply(
  file: Buffer,
  { at, length, kind, bytes }: { at: number; length: number; kind: string; bytes: Uint8Array },
): Buffer {
  const from = file.length === 0 ? 0 : at % file.length;
  const [before, taken, after] = [file.subarray(0, from), file.subarray(from, from + length), file.subarray(from + length)];
  if (kind === "cut") return Buffer.from(before);
  if (kind === "overwrite") return Buffer.concat([before, bytes, file.subarray(from + bytes.length)]);
  if (kind === "remove") return Buffer.concat([before, after]);
  return Buffer.concat([before, taken, kind === "insert" ? bytes : taken, after]);
}
