import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeModelFile, splitModelFile } from "../../../runtime/inference/model-file.ts";

const MAX = 10_000;

test("gives back what was put in, the model at a whole page", () => {
  const bytes = (minLength: number) => fc.uint8Array({ minLength, maxLength: 9_000 });
  fc.assert(
    fc.property(bytes(1), bytes(1), (envelope, onnx) => {
      const file = encodeModelFile({ envelope, onnx });
      const split = splitModelFile(file, MAX);
      expect(Buffer.compare(split.envelope, envelope)).toBe(0);
      expect(Buffer.compare(split.onnx, onnx)).toBe(0);
      expect((split.onnx.byteOffset - file.byteOffset) % 4096).toBe(0);
    }),
  );
});

test("what is no model's file is refused", () => {
  const good = encodeModelFile({ envelope: Uint8Array.of(1, 2, 3), onnx: Uint8Array.of(4) });
  const changed = (at: number, value: number) => good.with(at, value);
  for (const file of [
    new Uint8Array(),
    good.subarray(0, 11),
    good.subarray(0, 4096),
    changed(0, 0),
    changed(8, 0),
    changed(11, 0xff),
  ])
    expect(() => splitModelFile(file, MAX)).toThrow(expect.objectContaining({ code: "E_MODEL" }));
});
