import { StepppsError } from "../../contract/index.ts";
import { ONNX_LIMITS } from "./limits.ts";
import type { StoredTensor } from "./tensor.ts";
import { FieldBudget } from "./wire.ts";

/** Counts over all graphs of one file. */
export class Tally {
  readonly fields = new FieldBudget(ONNX_LIMITS.fields);
  /** How often each operator is there, by its domain and name: "Gemm", "com.microsoft:QLinearAdd". */
  readonly operators = new Map<string, number>();
  nodes = 0;
  parameters = 0;
  weightBytes = 0;

  addNode(domain: string, operator: string): void {
    if (++this.nodes > ONNX_LIMITS.nodes) throw new StepppsError("E_MODEL_LIMIT", `more than ${ONNX_LIMITS.nodes} nodes`);
    const name = domain === "" ? operator : `${domain}:${operator}`;
    this.operators.set(name, (this.operators.get(name) ?? 0) + 1);
  }

  addTensor({ elements, bytes }: StoredTensor): void {
    this.parameters += elements;
    this.weightBytes += bytes;
  }
}
