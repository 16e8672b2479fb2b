/** What of an ONNX file is read, whoever made it. Far beyond what a device of this kind runs in useful time. */
export const ONNX_LIMITS = {
  /** Of the file. Signatures and sums are made over all of it. */
  bytes: 256 * 2 ** 20,
  /** Fields of all messages together; a node takes a dozen. */
  fields: 2_000_000,
  /** Nodes, those of graphs within nodes too. */
  nodes: 100_000,
  /** Graphs within nodes within graphs (If, Loop, Scan). */
  depth: 8,
  nameBytes: 1_024,
  rank: 8,
  /** Elements of one tensor, stored or asked for by a constant shape. */
  elements: 2 ** 28,
  /** Values of a graph's inputs and outputs. */
  values: 256,
} as const;

/** Versions of the operator sets that ONNX Runtime 1.30 runs whole; it warns of later ones and may not know an operator. */
export const OPSETS: Readonly<Record<string, { readonly from: number; readonly to: number }>> = {
  "": { from: 7, to: 25 },
  "ai.onnx.ml": { from: 1, to: 5 },
  /** ONNX Runtime's own, which its quantizer and optimizer write. */
  "com.microsoft": { from: 1, to: 1 },
};

/** IR versions that ONNX Runtime 1.30 reads; below 3 there were no operator sets. */
export const IR_VERSIONS = { from: 3, to: 13 } as const;
