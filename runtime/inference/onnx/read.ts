import { StepppsError } from "../../contract/index.ts";
import { readGraph } from "./graph.ts";
import { IR_VERSIONS, ONNX_LIMITS, OPSETS } from "./limits.ts";
import { Tally } from "./tally.ts";
import { bytesOf, textOf, varintOf } from "./tensor.ts";
import type { Value } from "./value.ts";
import { malformed, readFields } from "./wire.ts";

/** What an ONNX file says of itself. */
export interface OnnxModel {
  readonly irVersion: number;
  /** Of ONNX's own operators. */
  readonly opset: number;
  /** Of all sets that it names, by domain; "" is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The tool that wrote it, as far as it says so. */
  readonly producer: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** How often each operator is there: "Gemm", "com.microsoft:MatMulInteger". */
  readonly operators: ReadonlyMap<string, number>;
  readonly nodes: number;
  readonly parameters: number;
  readonly weightBytes: number;
}

/** Field numbers of ModelProto and OperatorSetIdProto. */
const MODEL = { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, opset: 8, functions: 25 } as const;
const OPSET = { domain: 1, version: 2 } as const;

/**
 * Looks through an ONNX file without running anything of it, in time that grows with its size. What a runtime would then do with it is
 * bounded by the worker's own limits; this refuses what need not come that far. Throws E_MODEL_ONNX, _EXTERNAL, _LIMIT, _GRAPH, _OPSET.
 */
export function readOnnx(file: Uint8Array): OnnxModel {
  if (file.length > ONNX_LIMITS.bytes) throw new StepppsError("E_MODEL_LIMIT", `${file.length} bytes`);
  const tally = new Tally();
  const opsets = new Map<string, number>();
  let irVersion = 0;
  let producer = "";
  let producerVersion = "";
  let graph: Uint8Array | undefined;
  for (const field of readFields(file, tally.fields)) {
    if (field.number === MODEL.irVersion) irVersion = Number(varintOf(field));
    else if (field.number === MODEL.producer) producer = textOf(field);
    else if (field.number === MODEL.producerVersion) producerVersion = textOf(field);
    else if (field.number === MODEL.opset) addOpset(opsets, bytesOf(field), tally);
    else if (field.number === MODEL.graph) {
      if (graph) throw malformed("two graphs");
      graph = bytesOf(field);
    }
    // Functions that call functions grow as they are put in place of their calls: a file of some KiB into any number of nodes.
    else if (field.number === MODEL.functions)
      throw malformed("functions of its own; onnx.inliner.inline_local_functions takes them out");
  }
  if (irVersion < IR_VERSIONS.from || irVersion > IR_VERSIONS.to)
    throw new StepppsError("E_MODEL_OPSET", `IR version ${irVersion}; ${IR_VERSIONS.from} to ${IR_VERSIONS.to} are known`);
  if (!graph) throw malformed("no graph");
  const opset = checkOpsets(opsets);
  const { inputs, outputs, free } = readGraph(graph, tally);
  const [missing] = free;
  if (missing !== undefined) throw new StepppsError("E_MODEL_GRAPH", `${missing} is made by nobody`);
  checkOperators(tally, opsets);
  const { operators, nodes, parameters, weightBytes } = tally;
  const tool = [producer, producerVersion].filter((part) => part !== "").join(" ");
  return { irVersion, opset, opsets, producer: tool, inputs, outputs, operators, nodes, parameters, weightBytes };
}

function addOpset(opsets: Map<string, number>, message: Uint8Array, tally: Tally): void {
  let domain = "";
  let version = 0;
  for (const field of readFields(message, tally.fields)) {
    if (field.number === OPSET.domain) domain = textOf(field);
    if (field.number === OPSET.version) version = Number(varintOf(field));
  }
  const name = domain === "ai.onnx" ? "" : domain;
  if (opsets.has(name)) throw malformed(`the operator set ${JSON.stringify(name)} twice`);
  opsets.set(name, version);
}

/** The version of ONNX's own operators. Sets that no node uses are let be: exporters name some that are never used. */
function checkOpsets(opsets: ReadonlyMap<string, number>): number {
  const opset = opsets.get("");
  if (opset === undefined) throw new StepppsError("E_MODEL_OPSET", "it names no version of ONNX's operators");
  return opset;
}

function checkOperators({ operators }: Tally, opsets: ReadonlyMap<string, number>): void {
  const used = new Set([...operators.keys()].map((name) => (name.includes(":") ? name.slice(0, name.lastIndexOf(":")) : "")));
  for (const domain of used) {
    const version = opsets.get(domain);
    const known = Object.hasOwn(OPSETS, domain) ? OPSETS[domain] : undefined;
    const label = domain === "" ? "opset" : domain;
    if (!known) throw new StepppsError("E_MODEL_OPSET", `operators of ${domain}`);
    if (version === undefined) throw new StepppsError("E_MODEL_OPSET", `no version of ${label}`);
    if (version < known.from || version > known.to)
      throw new StepppsError("E_MODEL_OPSET", `${label} ${version}; ${known.from} to ${known.to} are known`);
  }
}
