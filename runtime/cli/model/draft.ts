import type { ModelDraft } from "../../../assembly/models/folder.ts";
import { dtypeOf, type ModelValue, StepppsError } from "../../contract/index.ts";
import type { OnnxModel } from "../../inference/onnx/read.ts";
import type { Value } from "../../inference/onnx/value.ts";

export interface DraftOptions {
  readonly dims?: readonly string[];
  readonly range?: readonly string[];
}

/** The inputs and outputs of a manifest, from the file and what a person adds. Throws E_MODEL_SCHEMA for what is no tensor, E_CLI_OPTION. */
export function draftValues(model: OnnxModel, options: DraftOptions): Pick<ModelDraft, "inputs" | "outputs"> {
  const dims = keyed(options.dims ?? [], "--dims", (text) =>
    /^(\d+|\?)(x(\d+|\?))*$/.test(text) ? text.split("x").map((dim) => (dim === "?" ? -1 : Number(dim))) : undefined,
  );
  const ranges = keyed(options.range ?? [], "--range", (text) => {
    const match = /^(-?[\d.]+(?:e-?\d+)?)\.\.(-?[\d.]+(?:e-?\d+)?)$/i.exec(text);
    return match ? { min: Number(match[1]), max: Number(match[2]) } : undefined;
  });
  const inputs = model.inputs.map((value) => ({ ...describeValue(value, dims.get(value.name)), ...ranges.get(value.name) }));
  const known = new Set(inputs.map(({ name }) => name));
  for (const name of [...dims.keys(), ...ranges.keys()])
    if (!known.has(name)) throw new StepppsError("E_CLI_OPTION", `there is no input ${name}; there are ${[...known].join(", ")}`);
  return { inputs, outputs: model.outputs.map((value) => describeValue(value, undefined)) };
}

function describeValue({ name, type, dims }: Value, given: readonly number[] | undefined): ModelValue {
  const dtype = dtypeOf(type);
  if (dtype === undefined) throw new StepppsError("E_MODEL_SCHEMA", `${name} is no tensor of numbers`);
  const own = (dims ?? []).map((dim) => (typeof dim === "number" ? dim : -1));
  if (given && dims && given.length !== own.length)
    throw new StepppsError("E_CLI_OPTION", `${name} has ${own.length} dims, not ${given.length}`);
  return { name, dtype, dims: [...(given ?? own)] };
}

function keyed<T>(texts: readonly string[], option: string, read: (text: string) => T | undefined): Map<string, T> {
  return new Map(
    texts.map((text) => {
      // Names of values may hold "=" themselves.
      const at = text.lastIndexOf("=");
      const value = at > 0 ? read(text.slice(at + 1)) : undefined;
      if (value === undefined) throw new StepppsError("E_CLI_OPTION", `${option} ${text}`);
      return [text.slice(0, at), value];
    }),
  );
}
