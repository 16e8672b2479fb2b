import type { Guard, ModelManifest, Tensor } from "../contract/index.ts";
import { numbersOf } from "./numbers.ts";

/**
 * How unusual the input of a run is, as its manifest's guard measures it: more than 1 is unusual. Undefined where the model has no guard.
 * Something that is no number counts as unusual beyond measure.
 */
export function guardScore(
  { guard, inputs, outputs }: Pick<ModelManifest, "guard" | "inputs" | "outputs">,
  given: readonly Tensor[],
  made: readonly Tensor[],
): number | undefined {
  if (!guard) return undefined;
  const tensorOf = (values: readonly { name: string }[], tensors: readonly Tensor[], name: string) =>
    tensors[values.findIndex((value) => value.name === name)];
  const looked =
    guard.kind === "output"
      ? tensorOf(outputs, made, guard.output)
      : "input" in guard.of
        ? tensorOf(inputs, given, guard.of.input)
        : tensorOf(outputs, made, guard.of.output);
  if (!looked) return undefined;
  const raw = guard.kind === "output" ? largest(numbersOf(looked)) : distance(guard, numbersOf(looked));
  return Number.isNaN(raw) ? Number.POSITIVE_INFINITY : Math.max(0, raw) / guard.threshold;
}

function largest(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (!(value <= most)) most = value; // NaN stays
    if (Number.isNaN(most)) return most;
  }
  return most;
}

/** The largest Mahalanobis distance of the rows. */
function distance({ mean, whiten }: Extract<Guard, { kind: "mahalanobis" }>, values: ArrayLike<number>): number {
  const size = mean.length;
  let most = 0;
  for (let row = 0; row + size <= values.length; row += size) {
    let square = 0;
    for (let i = 0, at = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += (whiten[at++] as number) * ((values[row + j] as number) - (mean[j] as number));
      square += sum * sum;
    }
    if (!(square <= most)) most = square;
    if (Number.isNaN(most)) return most;
  }
  return Math.sqrt(most);
}
