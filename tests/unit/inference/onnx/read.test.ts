import { describe, expect, test } from "vitest";
import { crossingNetwork } from "../../../../assembly/models/crossing.ts";
import { encodeGraph, encodeOnnx, type OnnxGraph, type OnnxNode } from "../../../../assembly/models/onnx/encode.ts";
import { bytesField, messageField, textField, varintField } from "../../../../assembly/models/onnx/write-wire.ts";
import { concat } from "../../../../runtime/contract/index.ts";
import { readOnnx } from "../../../../runtime/inference/onnx/read.ts";

/** y = relu(x + c), with what a test changes. */
function graph(changes: Partial<OnnxGraph> = {}): OnnxGraph {
  return {
    name: "g",
    inputs: [{ name: "x", dtype: "float32", dims: ["n", 2] }],
    outputs: [{ name: "y", dtype: "float32", dims: ["n", 2] }],
    constants: [{ name: "c", dims: [2], values: Float32Array.of(1, 2) }],
    nodes: [node("Add", ["x", "c"], ["sum"]), node("Relu", ["sum"], ["y"])],
    ...changes,
  };
}

const node = (operator: string, inputs: string[], outputs: string[]): OnnxNode => ({ operator, inputs, outputs });
const encode = (changes: Partial<OnnxGraph> = {}) => encodeOnnx(graph(changes), "test");
/** Further fields of the graph, behind those of `graph()`. */
const withGraphFields = (...fields: Uint8Array[]) => model(concat([encodeGraph(graph()), ...fields]));
const model = (body: Uint8Array, { ir = 8, opset = 17 } = {}, ...more: Uint8Array[]) =>
  concat([varintField(1, ir), bytesField(7, body), messageField(8, [varintField(2, opset)]), ...more]);
const initializer = (...fields: Uint8Array[]) => messageField(5, [textField(8, "w"), ...fields]);
const refused = (file: Uint8Array, code: string, detail: RegExp = /./) =>
  expect(() => readOnnx(file)).toThrow(expect.objectContaining({ code, detail: expect.stringMatching(detail) }));

test("says what a file says of itself", () => {
  const read = readOnnx(encode());
  expect(read).toMatchObject({ irVersion: 8, opset: 17, producer: "test", nodes: 2, parameters: 2, weightBytes: 8 });
  expect(read.inputs).toEqual([{ name: "x", type: 1, dims: ["n", 2] }]);
  expect(read.outputs).toEqual([{ name: "y", type: 1, dims: ["n", 2] }]);
  expect([...read.operators]).toEqual([
    ["Add", 1],
    ["Relu", 1],
  ]);
});

test("counts the weights of a network", () => {
  expect(readOnnx(crossingNetwork())).toMatchObject({
    nodes: 7,
    parameters: 64 * 32 + 32 * 8 + 8 * 32 + 32 * 64 + 32 + 8 + 32 + 64,
  });
});

test("takes nodes in any order: a runtime sorts them too", () => {
  const nodes = graph().nodes.toReversed();
  expect(readOnnx(encode({ nodes })).nodes).toBe(2);
});

test("an input that has an initializer is none that somebody has to give", () => {
  const inputs = [...graph().inputs, { name: "c", dtype: "float32", dims: [2] } as const];
  expect(readOnnx(encode({ inputs })).inputs.map(({ name }) => name)).toEqual(["x"]);
});

describe("graphs within nodes", () => {
  const inner = (changes: Partial<OnnxGraph> = {}) =>
    encodeGraph({
      name: "inner",
      inputs: [],
      outputs: [{ name: "r", dtype: "float32", dims: [] }],
      constants: [],
      nodes: [],
      ...changes,
    });
  const holding = (body: Uint8Array) =>
    messageField(1, [textField(2, "z"), textField(4, "If"), messageField(5, [textField(1, "then_branch"), bytesField(6, body)])]);

  test("may use what is around them", () => {
    expect(readOnnx(withGraphFields(holding(inner({ nodes: [node("Relu", ["sum"], ["r"])] })))).nodes).toBe(4);
  });

  test("may not use what nobody makes", () => {
    refused(
      withGraphFields(holding(inner({ nodes: [node("Relu", ["nothing"], ["r"])] }))),
      "E_MODEL_GRAPH",
      /nothing is made by nobody/,
    );
  });

  test("may not use what the node itself makes", () => {
    refused(withGraphFields(holding(inner({ nodes: [node("Relu", ["z"], ["r"])] }))), "E_MODEL_GRAPH", /z depends on itself/);
  });

  test("are not followed for ever", () => {
    let body = inner({ nodes: [node("Relu", ["x"], ["r"])] });
    for (let depth = 0; depth < 12; depth++) body = concat([inner(), holding(body)]);
    refused(withGraphFields(holding(body)), "E_MODEL_LIMIT", /graphs within graphs/);
  });
});

describe("refuses", () => {
  test("what is no model", () => {
    for (const file of [new Uint8Array(), Uint8Array.of(0xff), Buffer.from("hello"), encode().subarray(0, 40)])
      expect(() => readOnnx(file)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^E_MODEL_(ONNX|OPSET)$/) }));
  });

  test("weights in another file", () => {
    const location = messageField(13, [textField(1, "location"), textField(2, "../../etc/shadow")]);
    refused(withGraphFields(initializer(varintField(2, 1), varintField(1, 4), location)), "E_MODEL_EXTERNAL");
    refused(withGraphFields(initializer(varintField(2, 1), varintField(1, 4), varintField(14, 1))), "E_MODEL_EXTERNAL");
  });

  test("a few bytes that say that they are gigabytes", () => {
    const huge = [varintField(1, 1 << 20), varintField(1, 1 << 20), varintField(2, 1)];
    refused(withGraphFields(initializer(...huge, bytesField(9, new Uint8Array(8)))), "E_MODEL_LIMIT", /elements/);
    const dims = [varintField(1, 1 << 20), varintField(2, 1)];
    refused(withGraphFields(initializer(...dims)), "E_MODEL_ONNX", /not as many values/);
    refused(withGraphFields(initializer(...dims, bytesField(4, new Uint8Array(8)))), "E_MODEL_ONNX", /not as many values/);
  });

  test("a dimension that is huge or below zero", () => {
    refused(withGraphFields(initializer(varintField(1, 2n ** 62n), varintField(2, 1))), "E_MODEL_LIMIT");
    refused(withGraphFields(initializer(varintField(1, -1n), varintField(2, 1))), "E_MODEL_ONNX", /below zero/);
    refused(encode({ inputs: [{ name: "x", dtype: "float32", dims: [2 ** 40] }] }), "E_MODEL_LIMIT");
    refused(encode({ inputs: [{ name: "x", dtype: "float32", dims: Array(9).fill(1) }] }), "E_MODEL_LIMIT", /9 dimensions/);
  });

  test.each(["ConstantOfShape", "Tile"])("a constant shape that %s would make gigabytes of", (operator) => {
    const constants = [...graph().constants, { name: "s", dims: [2], values: BigInt64Array.of(1n << 20n, 1n << 20n) }];
    const nodes = [...graph().nodes, node(operator, operator === "Tile" ? ["c", "s"] : ["s"], ["big"])];
    refused(encode({ constants, nodes }), "E_MODEL_LIMIT", new RegExp(operator));
  });

  test("a value that depends on itself, is there twice, or is made by nobody", () => {
    refused(
      encode({ nodes: [node("Add", ["x", "y"], ["sum"]), node("Relu", ["sum"], ["y"])] }),
      "E_MODEL_GRAPH",
      /depends on itself/,
    );
    refused(encode({ nodes: [...graph().nodes, node("Relu", ["x"], ["y"])] }), "E_MODEL_GRAPH", /y is there twice/);
    refused(encode({ nodes: [node("Relu", ["nothing"], ["y"])] }), "E_MODEL_GRAPH", /nothing is made by nobody/);
    refused(encode({ nodes: [] }), "E_MODEL_GRAPH", /y is made by nobody/);
    refused(encode({ constants: [...graph().constants, ...graph().constants] }), "E_MODEL_GRAPH", /c is there twice/);
  });

  test("operators, versions and parts that are not known here", () => {
    const body = encodeGraph(graph());
    refused(model(body, { opset: 99 }), "E_MODEL_OPSET", /opset 99/);
    refused(model(body, { opset: 6 }), "E_MODEL_OPSET");
    refused(model(body, { ir: 2 }), "E_MODEL_OPSET", /IR version 2/);
    refused(model(body, { ir: 99 }), "E_MODEL_OPSET", /IR version 99/);
    const foreign = messageField(1, [textField(1, "x"), textField(2, "z"), textField(4, "Evil"), textField(7, "org.example")]);
    refused(withGraphFields(foreign), "E_MODEL_OPSET", /org\.example/);
    refused(model(body, {}, messageField(25, [textField(1, "f")])), "E_MODEL_ONNX", /functions/);
    refused(withGraphFields(messageField(15, [])), "E_MODEL_ONNX", /sparse/);
    refused(concat([model(body), bytesField(7, body)]), "E_MODEL_ONNX", /two graphs/);
  });

  test("more nodes than a model has, without taking long over each", () => {
    const many = concat(Array.from({ length: 100_001 }, () => messageField(1, [textField(4, "Identity")])));
    refused(model(many), "E_MODEL_LIMIT", /nodes/);
  });
});
