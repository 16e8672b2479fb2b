import { StepppsError } from "../../contract/index.ts";
import { ONNX_LIMITS } from "./limits.ts";
import { type Node, readNode } from "./node.ts";
import type { Tally } from "./tally.ts";
import { bytesOf, readTensor, type StoredTensor } from "./tensor.ts";
import { readValue, type Value } from "./value.ts";
import { malformed, readFields } from "./wire.ts";

/** A graph, as far as it is looked at. */
export interface Graph {
  /** Those that are given at run time: not the ones that an initializer has a value for. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Names that it takes from the graph around it. */
  readonly free: ReadonlySet<string>;
}

/** Field numbers of GraphProto. */
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparse: 15 } as const;

/** Throws E_MODEL_ONNX, _EXTERNAL, _LIMIT, _GRAPH. `tally` counts over all graphs of a file. */
export function readGraph(message: Uint8Array, tally: Tally, depth = 0): Graph {
  if (depth > ONNX_LIMITS.depth) throw new StepppsError("E_MODEL_LIMIT", `graphs within graphs, more than ${ONNX_LIMITS.depth}`);
  const stored = new Map<string, StoredTensor>();
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const nodes: Uint8Array[] = [];
  for (const field of readFields(message, tally.fields)) {
    if (field.number === GRAPH.node) nodes.push(bytesOf(field));
    else if (field.number === GRAPH.input) addValue(inputs, readValue(bytesOf(field), tally.fields));
    else if (field.number === GRAPH.output) addValue(outputs, readValue(bytesOf(field), tally.fields));
    else if (field.number === GRAPH.sparse) throw malformed("sparse initializers are not read here");
    else if (field.number === GRAPH.initializer) {
      const tensor = readTensor(bytesOf(field), tally.fields);
      if (stored.has(tensor.name)) throw twice(tensor.name);
      stored.set(tensor.name, tensor);
      tally.addTensor(tensor);
    }
  }
  // Nodes may stand before the initializers that they name.
  const read = nodes.map((node) => readNode(node, tally, stored, (inner) => readGraph(inner, tally, depth + 1).free));
  const given = inputs.filter(({ name }) => !stored.has(name));
  const free = order(read, [...stored.keys(), ...given.map(({ name }) => name)], outputs);
  return { inputs: given, outputs, free };
}

/**
 * Names that neither the graph nor one of its nodes makes. Throws E_MODEL_GRAPH where a value is made twice or depends on itself
 * (Kahn's algorithm: what can't be put in an order goes round). The order in the file is not asked for: ONNX Runtime sorts too.
 */
function order(nodes: readonly Node[], known: readonly string[], outputs: readonly Value[]): Set<string> {
  const maker = new Map<string, number>();
  for (const name of known) {
    if (maker.has(name)) throw twice(name);
    maker.set(name, -1);
  }
  nodes.forEach((node, at) => {
    for (const name of node.outputs) {
      if (maker.has(name)) throw twice(name);
      maker.set(name, at);
    }
  });
  const free = new Set<string>();
  const waits = nodes.map(() => 0);
  const after: number[][] = nodes.map(() => []);
  nodes.forEach((node, at) => {
    for (const name of node.needs) {
      const from = maker.get(name);
      if (from === undefined) free.add(name);
      else if (from >= 0) {
        after[from]?.push(at);
        waits[at] = (waits[at] as number) + 1;
      }
    }
  });
  for (const { name } of outputs) if (!maker.has(name)) free.add(name);
  const ready = nodes.flatMap((_, at) => (waits[at] === 0 ? [at] : []));
  for (const at of ready) {
    for (const next of after[at] as number[]) {
      waits[next] = (waits[next] as number) - 1;
      if (waits[next] === 0) ready.push(next);
    }
  }
  if (ready.length < nodes.length) {
    const stuck = nodes.find((_, at) => (waits[at] as number) > 0);
    throw new StepppsError("E_MODEL_GRAPH", `${stuck?.outputs[0] ?? "a node"} depends on itself`);
  }
  return free;
}

function addValue(values: Value[], value: Value): void {
  if (values.length === ONNX_LIMITS.values) throw new StepppsError("E_MODEL_LIMIT", "more inputs or outputs than a model has");
  values.push(value);
}

function twice(name: string): StepppsError {
  return new StepppsError("E_MODEL_GRAPH", `${name} is there twice`);
}
