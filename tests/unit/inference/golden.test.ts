import { expect, test } from "vitest";
import type { Tensor } from "../../../runtime/contract/index.ts";
import { runGolden } from "../../../runtime/inference/golden.ts";
import { doublingModel, floats } from "../../support/sample-model.ts";

/** A session that gives these outputs, whatever it is asked. */
const giving = (output: Tensor) => ({ run: async () => ({ outputs: [[output]], micros: 7, copied: 0 }) });
const { manifest } = doublingModel({ tolerance: { absolute: 0.001, relative: 0.01 } });
const refusal = (code: string, detail: RegExp) => expect.objectContaining({ code, detail: expect.stringMatching(detail) });

test("the same outputs are no difference", async () => {
  expect(await runGolden(manifest, giving(floats([1, 2], [2, -6])), 1000)).toEqual({ vectors: 1, worst: 0, micros: [7] });
});

test("outputs within the tolerance pass, and how near to it is told", async () => {
  const { worst } = await runGolden(manifest, giving(floats([1, 2], [2.01, -6])), 1000);
  expect(worst).toBeCloseTo(0.01 / 0.021, 4);
});

test("outputs that differ by a little more do not", async () => {
  const off = runGolden(manifest, giving(floats([1, 2], [2, -6.07])), 1000);
  await expect(off).rejects.toEqual(refusal("E_MODEL_GOLDEN", /^y of vector 0\[1\] is -6\.07\d*, not -6/));
});

test("what is no number fits nothing", async () => {
  const off = runGolden(manifest, giving(floats([1, 2], [Number.NaN, -6])), 1000);
  await expect(off).rejects.toEqual(refusal("E_MODEL_GOLDEN", /NaN/));
});

test("outputs of another size or type are another model's", async () => {
  const wide = runGolden(manifest, giving(floats([2, 2], [2, -6, 2, -6])), 1000);
  await expect(wide).rejects.toEqual(refusal("E_MODEL_SCHEMA", /float32\[2,2\], not float32\[1,2\]/));
});
