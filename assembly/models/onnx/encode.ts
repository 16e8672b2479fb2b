import { concat, DTYPES, type Dtype } from "../../../runtime/contract/index.ts";
import { bytesField, floatField, messageField, textField, varintField } from "./write-wire.ts";

/** A graph as it is written; the reader's counterpart is runtime/inference/onnx. */
export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  /** In an order in which they can be run. */
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: Dtype;
  /** A name for a dim that is open. */
  readonly dims: readonly (number | string)[];
}

export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
}

/** Opset 17 with IR version 8: what every ONNX Runtime since 1.12 runs. */
export const ONNX_VERSION = { ir: 8, opset: 17 } as const;

/** Field numbers of onnx.proto3, and the numbers of the types of attributes. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, float: 2, int: 3, ints: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 } as const;

/** The bytes of an ONNX file. The same graph gives the same bytes. */
export function encodeOnnx(
  graph: OnnxGraph,
  producer: string,
  { ir, opset } = ONNX_VERSION as { ir: number; opset: number },
): Uint8Array {
  return concat([
    varintField(MODEL.irVersion, ir),
    textField(MODEL.producer, producer),
    bytesField(MODEL.graph, encodeGraph(graph)),
    messageField(MODEL.opset, [varintField(2, opset)]),
  ]);
}

export function encodeGraph({ name, inputs, outputs, constants, nodes }: OnnxGraph): Uint8Array {
  return concat([
    ...nodes.map((node, at) => bytesField(GRAPH.node, encodeNode(node, at))),
    textField(GRAPH.name, name),
    ...constants.map((constant) => bytesField(GRAPH.initializer, encodeConstant(constant))),
    ...inputs.map((value) => bytesField(GRAPH.input, encodeValue(value))),
    ...outputs.map((value) => bytesField(GRAPH.output, encodeValue(value))),
  ]);
}

function encodeNode({ operator, inputs, outputs, attributes = {} }: OnnxNode, at: number): Uint8Array {
  return concat([
    ...inputs.map((input) => textField(NODE.input, input)),
    ...outputs.map((output) => textField(NODE.output, output)),
    textField(NODE.name, `${operator}_${at}`),
    textField(NODE.operator, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      messageField(NODE.attribute, [textField(ATTRIBUTE.name, name), ...encodeAttribute(value)]),
    ),
  ]);
}

function encodeAttribute(value: number | readonly number[] | { readonly float: number }): Uint8Array[] {
  if (typeof value === "number") return [varintField(ATTRIBUTE.int, value), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.int)];
  if ("float" in value) return [floatField(ATTRIBUTE.float, value.float), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float)];
  return [...value.map((each) => varintField(ATTRIBUTE.ints, each)), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints)];
}

function encodeConstant({ name, dims, values }: OnnxConstant): Uint8Array {
  const dtype: Dtype = values instanceof Float32Array ? "float32" : "int64";
  return concat([
    ...dims.map((dim) => varintField(TENSOR.dims, dim)),
    varintField(TENSOR.type, DTYPES[dtype].onnx),
    textField(TENSOR.name, name),
    bytesField(TENSOR.raw, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** ValueInfoProto { name: 1, type: 2 { tensor: 1 { type: 1, shape: 2 { dim: 1 { value: 1 | name: 2 } } } } }. */
function encodeValue({ name, dtype, dims }: OnnxValue): Uint8Array {
  const shape = dims.map((dim) => messageField(1, [typeof dim === "number" ? varintField(1, dim) : textField(2, dim)]));
  const tensor = messageField(1, [varintField(1, DTYPES[dtype].onnx), messageField(2, shape)]);
  return concat([textField(1, name), messageField(2, [tensor])]);
}
