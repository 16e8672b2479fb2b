import { expect, test } from "vitest";
import type { Session, Tensor } from "../../../runtime/contract/index.ts";
import { findPortableLibrary } from "../../../runtime/inference/portable/library.ts";
import { packageFolder } from "../../../runtime/inference/portable/package-folder.ts";
import { PortableProvider } from "../../../runtime/inference/portable/provider.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { modelBytes, REAL_MODELS } from "../../support/models/models.ts";
import { BUDGET, floatsOf, openNative, sourceOf } from "./support.ts";

/** By how much two ways to compute may differ: quantised models round at each layer. */
const TOLERANCE: Readonly<Record<string, number>> = { "minilm-int8": 0.1 };

test.each(REAL_MODELS)("$name gives the same by the native worker and by WebAssembly", async (model) => {
  await using native = await openNative();
  const library = await findPortableLibrary([packageFolder() ?? ""]);
  if (!library) throw new Error("onnxruntime-web is not installed");
  const portable = new PortableProvider({ library, clock: systemClock() });
  try {
    const source = sourceOf(model.name, await modelBytes(model));
    const [one, other] = [await native.provider.load(source, BUDGET), await portable.load(source, BUDGET)];
    expect(one.inputs.map(({ name, dtype }) => [name, dtype])).toEqual(other.inputs.map(({ name, dtype }) => [name, dtype]));
    const [a, b] = [await outputsOf(one, model.inputs()), await outputsOf(other, model.inputs())];
    expect(a.map(({ dtype, dims }) => [dtype, dims])).toEqual(b.map(({ dtype, dims }) => [dtype, dims]));
    for (const [index, tensor] of a.entries()) {
      if (tensor.dtype !== "float32") continue;
      const expected = floatsOf(b[index]);
      const apart = floatsOf(tensor).reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? Number.NaN))),
        0,
      );
      expect(apart).toBeLessThan(TOLERANCE[model.name] ?? 1e-3);
    }
  } finally {
    await portable.close();
  }
});

async function outputsOf(session: Session, inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
  const { outputs } = await session.run([inputs], 60_000);
  return outputs[0] ?? [];
}
