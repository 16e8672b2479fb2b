import { type InferenceResult, type InferenceStep, type Port, StepppsError, type Tensor, text } from "../contract/index.ts";
import { describePort } from "./check.ts";
import { numbersOf } from "./numbers.ts";
import { tensorOf } from "./tensor-of.ts";

/** More numbers than this are no message but a file. */
const MAX_NUMBERS = 1_048_576;

/** A message as the one row of numbers that a step makes of it. Throws E_INFER_SHAPE. */
export function rowOf({ fields }: Pick<InferenceStep, "fields">, payload: Uint8Array): number[] {
  const value = jsonOf(payload);
  const row = fields ? fields.map((field) => memberOf(value, field)) : [value].flat();
  if (row.length > MAX_NUMBERS) throw new StepppsError("E_INFER_SHAPE", `${row.length} numbers`);
  const odd = row.findIndex((number) => typeof number !== "number");
  if (odd < 0) return row as number[];
  throw new StepppsError(
    "E_INFER_SHAPE",
    fields ? `the message has no number ${fields[odd]}` : `place ${odd} of the message is no number`,
  );
}

/** Whether a model takes a message as it is: an image, an audio frame. */
export function takesBytes(inputs: readonly Port[]): boolean {
  const [only, second] = inputs;
  return only?.dtype === "uint8" && only.dims.length === 1 && second === undefined;
}

/** Rows of numbers as the one input of a model, whose first open dim they fill. Throws E_INFER_SHAPE. */
export function inputOf(inputs: readonly Port[], rows: readonly (readonly number[])[]): Tensor {
  const [port, second] = inputs;
  if (!port || second) throw new StepppsError("E_INFER_SHAPE", "a step takes models with one input; use a plugin for this one");
  const values = rows.flat();
  const known = port.dims.reduce((product, dim) => (dim < 0 ? product : product * dim), 1);
  const open = port.dims.findIndex((dim) => dim < 0);
  const rest = known === 0 ? Number.NaN : values.length / known;
  const dims = port.dims.map((dim, at) => (dim >= 0 ? dim : at === open ? rest : 1));
  const fits = open < 0 ? rest === 1 : Number.isInteger(rest) && rest > 0;
  if (!fits) throw new StepppsError("E_INFER_SHAPE", `${values.length} numbers are not ${describePort(port)}`);
  if (!port.dtype.startsWith("float") && values.some((value) => !Number.isFinite(value)))
    throw new StepppsError("E_INFER_RANGE", `${port.name} takes whole numbers`);
  return tensorOf(port.dtype, dims, values);
}

/** What a step publishes of a result: each output's values in one row, by its name. */
export function resultJson({ outputs, model, provider, micros, score }: InferenceResult, ports: readonly Port[]): object {
  const named = outputs.map((output, at) => [ports[at]?.name ?? String(at), Array.from(numbersOf(output))] as const);
  const about = { model: model.name, version: model.version, provider, micros };
  return { ...about, ...(score !== undefined && { score }), outputs: Object.fromEntries(named) };
}

/** Where a step's answer goes: {1} stands for the second level of the message's topic. */
export function answerTopic(to: string, topic: string): string {
  const levels = topic.split("/");
  return to.replace(/\{(\d)\}/g, (_, at: string) => levels[Number(at)] ?? "");
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(text(payload));
  } catch (cause) {
    throw new StepppsError("E_INFER_SHAPE", "the message is not JSON", { cause });
  }
}

function memberOf(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[field];
}
