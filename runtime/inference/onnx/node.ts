import { StepppsError } from "../../contract/index.ts";
import { ONNX_LIMITS } from "./limits.ts";
import type { Tally } from "./tally.ts";
import { bytesOf, readTensor, type StoredTensor, textOf } from "./tensor.ts";
import { malformed, readFields } from "./wire.ts";

/** A node, as far as the order of nodes goes. */
export interface Node {
  readonly outputs: readonly string[];
  /** What it reads, and what the graphs within it take from around them. */
  readonly needs: ReadonlySet<string>;
}

/** Field numbers of NodeProto and AttributeProto. */
const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23 } as const;

/** Operators that make a tensor as large as a constant says, by the input that says it. */
const SHAPED_BY: Readonly<Record<string, number>> = { ConstantOfShape: 0, Expand: 1, Tile: 1 };

/** `readInner` reads a graph within the node and says which names it takes from around it. */
export function readNode(
  message: Uint8Array,
  tally: Tally,
  stored: ReadonlyMap<string, StoredTensor>,
  readInner: (graph: Uint8Array) => ReadonlySet<string>,
): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const needs = new Set<string>();
  let operator = "";
  let domain = "";
  for (const field of readFields(message, tally.fields)) {
    if (field.number === NODE.input) inputs.push(textOf(field));
    else if (field.number === NODE.output) outputs.push(textOf(field));
    else if (field.number === NODE.operator) operator = textOf(field);
    else if (field.number === NODE.domain) domain = textOf(field);
    else if (field.number === NODE.attribute) readAttribute(bytesOf(field), tally, readInner, needs);
  }
  if (operator === "") throw malformed("a node without an operator");
  if (domain === "ai.onnx") domain = "";
  tally.addNode(domain, operator);
  checkMade(operator, inputs, stored);
  // An empty name is an optional input or output that is left out.
  for (const name of inputs) if (name !== "") needs.add(name);
  return { outputs: outputs.filter((name) => name !== ""), needs };
}

function readAttribute(
  message: Uint8Array,
  tally: Tally,
  readInner: (graph: Uint8Array) => ReadonlySet<string>,
  needs: Set<string>,
): void {
  for (const field of readFields(message, tally.fields)) {
    const { number } = field;
    if (number === ATTRIBUTE.tensor || number === ATTRIBUTE.tensors) tally.addTensor(readTensor(bytesOf(field), tally.fields));
    else if (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs)
      for (const name of readInner(bytesOf(field))) needs.add(name);
    else if (number === ATTRIBUTE.sparse || number === ATTRIBUTE.sparses) throw malformed("sparse tensors are not read here");
  }
}

/** A dozen bytes can ask for any amount of memory, when the runtime computes constants as it loads. */
function checkMade(operator: string, inputs: readonly string[], stored: ReadonlyMap<string, StoredTensor>): void {
  const by = SHAPED_BY[operator];
  const shape = by === undefined ? undefined : stored.get(inputs[by] ?? "")?.integers;
  if (!shape) return;
  const made = shape.reduce((product, dim) => product * (dim < 1n ? 1n : dim), 1n);
  const from = operator === "Tile" ? (stored.get(inputs[0] ?? "")?.elements ?? 1) : 1;
  if (made * BigInt(from) > ONNX_LIMITS.elements) throw new StepppsError("E_MODEL_LIMIT", `${operator} makes ${made} elements`);
}
