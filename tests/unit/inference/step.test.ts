import { expect, test } from "vitest";
import { type Port, utf8 } from "../../../runtime/contract/index.ts";
import { answerTopic, inputOf, resultJson, rowOf, takesBytes } from "../../../runtime/inference/step.ts";

const port = (dims: readonly number[], dtype: Port["dtype"] = "float32"): Port => ({
  name: "x",
  dtype,
  dims,
  symbols: dims.map(() => ""),
});
const json = (value: unknown) => utf8(JSON.stringify(value));
const refused = (code: string, detail: RegExp) => expect.objectContaining({ code, detail: expect.stringMatching(detail) });

test.each([
  ["a number", {}, 21.5, [21.5]],
  ["an array of numbers", {}, [1, 2.5, -3], [1, 2.5, -3]],
  ["fields of an object, in the step's order", { fields: ["b", "a"] }, { a: 1, b: 2, c: "x" }, [2, 1]],
])("a row is made of %s", (_, step, value, row) => {
  expect(rowOf(step, json(value))).toEqual(row);
});

test.each([
  ["no JSON", {}, utf8("21,5"), /not JSON/],
  ["a text", {}, json("21.5"), /place 0 of the message is no number/],
  ["an array with a hole", {}, json([1, null]), /place 1/],
  ["a field that is not there", { fields: ["a", "toString"] }, json({ a: 1 }), /no number toString/],
  ["a field of a number", { fields: ["a"] }, json(1), /no number a/],
])("%s is refused", (_, step, payload, why) => {
  expect(() => rowOf(step, payload)).toThrow(refused("E_INFER_SHAPE", why));
});

test.each([
  [[-1, 3], [[1, 2, 3]], [1, 3]],
  [
    [-1, 3],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [2, 3],
  ],
  [
    [1, -1],
    [[1], [2], [3]],
    [1, 3],
  ],
  [[-1, -1, 2], [[1, 2, 3, 4]], [2, 1, 2]],
  [[2], [[1, 2]], [2]],
])("for a model of %j the rows %j become %j", (dims, rows, expected) => {
  expect(inputOf([port(dims)], rows).dims).toEqual(expected);
});

test("rows that do not fill the model's input are refused", () => {
  expect(() => inputOf([port([-1, 3])], [[1, 2]])).toThrow(refused("E_INFER_SHAPE", /2 numbers are not float32\[\?,3\]/));
  expect(() => inputOf([port([4])], [[1, 2]])).toThrow(refused("E_INFER_SHAPE", /2 numbers are not float32\[4\]/));
  expect(() => inputOf([port([-1, 3])], [[]])).toThrow(refused("E_INFER_SHAPE", /0 numbers/));
  expect(() => inputOf([port([1]), port([1])], [[1]])).toThrow(refused("E_INFER_SHAPE", /one input/));
  expect(() => inputOf([port([1], "int64")], [[Number.POSITIVE_INFINITY]])).toThrow(refused("E_INFER_RANGE", /x/));
});

test("only a model of one row of bytes takes a message as it is", () => {
  expect(takesBytes([port([-1], "uint8")])).toBe(true);
  expect(takesBytes([port([1, -1], "uint8")])).toBe(false);
  expect(takesBytes([port([-1])])).toBe(false);
});

test("a result by the names of the outputs", () => {
  const values = (numbers: readonly number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
  const result = {
    outputs: [
      { dtype: "float32", dims: [1, 2], bytes: values([0.5, 2]) },
      { dtype: "float32", dims: [1], bytes: values([7]) },
    ],
    model: { name: "wear", version: "1.2.3" },
    provider: "wasm",
    micros: 40,
    score: 0.25,
  } as const;
  expect(resultJson(result, [{ ...port([-1]), name: "a" }])).toEqual({
    model: "wear",
    version: "1.2.3",
    provider: "wasm",
    micros: 40,
    score: 0.25,
    outputs: { a: [0.5, 2], 1: [7] },
  });
});

test("the answer's topic takes levels of the message's", () => {
  expect(answerTopic("wear/{1}/{0}/{7}", "sensors/pump/raw")).toBe("wear/pump/sensors/");
});
