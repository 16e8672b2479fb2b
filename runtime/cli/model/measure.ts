import { decodeTensors, type ModelManifest, type Session, type Tensor } from "../../contract/index.ts";

/** How fast a model runs here, with what came with it as golden vectors. */
export interface Measured {
  /** ms until it was loaded. */
  readonly loadedIn: number;
  readonly runs: number;
  /** µs from the call to the answer, one at a time. */
  readonly p50: number;
  readonly p99: number;
  /** µs in the model itself, p50. */
  readonly inside: number;
  /** Calls a second, one at a time and 32 at once. */
  readonly single: number;
  readonly batched?: number;
}

const RUN_MS = 60_000;
const BATCH = 32;
const WARM = 5;

export async function measure(
  { golden }: ModelManifest,
  session: Session,
  { seconds, loadedIn }: { readonly seconds: number; readonly loadedIn: number },
): Promise<Measured> {
  const calls = golden.map(({ inputs }) => decodeTensors(inputs));
  const callOf = (at: number) => calls[at % calls.length] as readonly Tensor[];
  for (let at = 0; at < WARM; at++) await session.run([callOf(at)], RUN_MS);
  const took: number[] = [];
  const inside: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const start = performance.now();
    const { micros } = await session.run([callOf(took.length)], RUN_MS);
    took.push((performance.now() - start) * 1000);
    inside.push(micros);
  }
  const at = (values: readonly number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
  const single = took.length / ((performance.now() - began) / 1000);
  const batched = session.batch >= BATCH ? await rateOf(session, callOf(0), seconds) : undefined;
  return {
    ...{ loadedIn, runs: took.length, p50: at(took, 0.5), p99: at(took, 0.99), inside: at(inside, 0.5), single },
    ...(batched !== undefined && { batched }),
  };
}

async function rateOf(session: Session, call: readonly Tensor[], seconds: number): Promise<number> {
  const batch = Array.from({ length: BATCH }, () => call);
  let done = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    await session.run(batch, RUN_MS);
    done += BATCH;
  }
  return done / ((performance.now() - began) / 1000);
}
