import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DTYPES,
  type Dtype,
  decodeTensors,
  encodeTensors,
  framedBytes,
  type Tensor,
  tensorBytes,
} from "../../../runtime/contract/index.ts";

const tensors = fc.array(
  fc
    .record({
      dtype: fc.constantFrom(...(Object.keys(DTYPES) as Dtype[])),
      dims: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
      fill: fc.nat({ max: 255 }),
    })
    .map(({ dtype, dims, fill }): Tensor => ({ dtype, dims, bytes: new Uint8Array(tensorBytes(dtype, dims)).fill(fill) })),
  { maxLength: 5 },
);

test("tensors come back as they went, each at a multiple of 16 of its frame", () => {
  fc.assert(
    fc.property(tensors, (sent) => {
      const frame = encodeTensors(sent);
      expect(frame.length).toBe(framedBytes(sent));
      const got = decodeTensors(frame);
      expect(got).toEqual(sent);
      for (const { bytes } of got) expect((bytes.byteOffset - frame.byteOffset) % 16).toBe(0);
    }),
  );
});

test("any cut and any longer frame is refused", () => {
  fc.assert(
    fc.property(tensors, fc.nat(), (sent, at) => {
      const frame = encodeTensors(sent);
      expect(() => decodeTensors(frame.subarray(0, at % frame.length))).toThrow("E_TENSOR");
      expect(() => decodeTensors(Buffer.concat([frame, Buffer.alloc(1)]))).toThrow("E_TENSOR");
    }),
  );
});

test("whatever the bytes are, it is tensors or a refusal, and never more bytes than there are", () => {
  const hostile = fc.tuple(tensors, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }));
  fc.assert(
    fc.property(hostile, ([sent, changes]) => {
      const frame = encodeTensors(sent);
      for (const [at, value] of changes) frame[at % frame.length] = value;
      let got: Tensor[];
      try {
        got = decodeTensors(frame);
      } catch (error) {
        expect(error).toMatchObject({ code: "E_TENSOR" });
        return;
      }
      for (const { dtype, dims, bytes } of got) expect(bytes.length).toBe(tensorBytes(dtype, dims));
    }),
    { numRuns: 500 },
  );
});

test("a tensor's size is that of its type and dims", () => {
  expect(tensorBytes("float32", [])).toBe(4);
  expect(tensorBytes("int64", [2, 3])).toBe(48);
  expect(tensorBytes("float16", [0, 9])).toBe(0);
  expect(tensorBytes("uint8", [-1])).toBeNaN();
  expect(tensorBytes("uint8", [1.5])).toBeNaN();
});
