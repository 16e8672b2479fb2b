import { type ModelManifest, type Session, StepppsError, type Tensor } from "../contract/index.ts";
import { guardScore } from "./guard.ts";
import type { ServedModel } from "./queue.ts";
import { checkRange } from "./range.ts";

/** A model whose manifest is held to at each inference: the dims that it fixes, the values it was made for, and its guard. */
export function serveModel(manifest: ModelManifest, session: Session): ServedModel {
  const { name, version, guard } = manifest;
  return {
    name,
    version,
    session,
    admit(inputs) {
      checkDims(manifest, inputs);
      checkRange(manifest, inputs);
    },
    ...(guard && { score: (inputs, outputs) => guardScore(manifest, inputs, outputs) ?? Number.POSITIVE_INFINITY }),
  };
}

/** A manifest may fix a dim that the model itself leaves open. Throws E_INFER_SHAPE. */
function checkDims({ inputs }: ModelManifest, tensors: readonly Tensor[]): void {
  inputs.forEach(({ name, dims }, at) => {
    const given = tensors[at]?.dims ?? [];
    const wrong = dims.length !== given.length || dims.some((dim, place) => dim !== -1 && dim !== given[place]);
    if (wrong) throw new StepppsError("E_INFER_SHAPE", `${name} is [${given}], not [${dims}]`);
  });
}
