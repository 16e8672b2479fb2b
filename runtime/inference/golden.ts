import { decodeTensors, type ModelManifest, type Session, StepppsError, type Tensor } from "../contract/index.ts";
import { numbersOf } from "./numbers.ts";

/** How far a model's answers were from its golden vectors: 1 is as far as its tolerance allows. */
export interface GoldenReport {
  readonly vectors: number;
  readonly worst: number;
  /** µs in the model, of each vector. */
  readonly micros: readonly number[];
}

/**
 * Runs the golden vectors of a manifest, one by one. Throws E_MODEL_GOLDEN with the output and the place where one differs by more than
 * its tolerance, E_MODEL_SCHEMA where it has another type or size, and what the session throws.
 */
export async function runGolden(
  { golden, outputs, tolerance }: Pick<ModelManifest, "golden" | "outputs" | "tolerance">,
  session: Pick<Session, "run">,
  deadlineMs: number,
): Promise<GoldenReport> {
  let worst = 0;
  const micros: number[] = [];
  for (const [index, vectors] of golden.entries()) {
    const result = await session.run([decodeTensors(vectors.inputs)], deadlineMs);
    micros.push(result.micros);
    const expected = decodeTensors(vectors.outputs);
    const got = result.outputs[0] ?? [];
    for (const [at, { name }] of outputs.entries()) {
      const far = compareTensors(`${name} of vector ${index}`, expected[at], got[at], tolerance);
      if (far > worst) worst = far;
    }
  }
  return { vectors: golden.length, worst, micros };
}

function compareTensors(
  name: string,
  expected: Tensor | undefined,
  got: Tensor | undefined,
  { absolute, relative }: ModelManifest["tolerance"],
): number {
  if (!expected || !got || expected.dtype !== got.dtype || String(expected.dims) !== String(got.dims))
    throw new StepppsError("E_MODEL_SCHEMA", `${name} is ${shapeOf(got)}, not ${shapeOf(expected)}`);
  const [wanted, made] = [numbersOf(expected), numbersOf(got)];
  let worst = 0;
  for (let at = 0; at < wanted.length; at++) {
    const [want, is] = [wanted[at] as number, made[at] as number];
    // The same infinity twice, and NaN where there has to be one, are no difference.
    if (Object.is(want, is)) continue;
    const off = Math.abs(is - want);
    const allowed = absolute + relative * Math.abs(want);
    if (!(off <= allowed)) throw new StepppsError("E_MODEL_GOLDEN", `${name}[${at}] is ${is}, not ${want} ± ${allowed}`);
    if (off > 0 && off / allowed > worst) worst = off / allowed;
  }
  return worst;
}

function shapeOf(tensor: Tensor | undefined): string {
  return tensor ? `${tensor.dtype}[${tensor.dims}]` : "not there";
}
