import { decodeEffects, INFER_SOURCE, type Input, text } from "../../contract/index.ts";
import { hashOf, readMeta } from "../workflow/answer.ts";
import { payloadTensors } from "../workflow/plan.ts";

/**
 * Which recorded answers of models a version is given where it handles recorded inputs: those to what it asked itself, too. An answer to
 * what neither version asked belongs to a question from before the recording, and is given to both.
 */
export class RecordedAnswers {
  readonly #recorded = new Set<string>();
  readonly #own = new Set<string>();

  /** What the version that was recorded asked in a batch of `inputs`. */
  recorded(effects: Uint8Array, inputs: readonly Input[]): void {
    note(this.#recorded, effects, inputs);
  }

  /** What the other version asked. */
  own(effects: Uint8Array, inputs: readonly Input[]): void {
    note(this.#own, effects, inputs);
  }

  /** Whether the other version is given this input. */
  gives({ kind, meta }: Input): boolean {
    if (kind !== "inference") return true;
    const hash = Buffer.from(readMeta(meta).hash).toString("hex");
    return this.#own.has(hash) || !this.#recorded.has(hash);
  }
}

function note(into: Set<string>, effects: Uint8Array, inputs: readonly Input[]): void {
  for (const { call, input, args } of decodeEffects(effects)) {
    if (call !== "infer") continue;
    const [model, , , source, given] = args as readonly [Uint8Array, Uint8Array, number, number, Uint8Array];
    const tensors = source === INFER_SOURCE.payload ? payloadTensors(inputs[input]?.payload ?? new Uint8Array(0)) : given;
    into.add(Buffer.from(hashOf(text(model), tensors)).toString("hex"));
  }
}
