import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { type GoldenTensors, MANIFEST_FILE, type ModelDraft, writeModelFolder } from "../../../../assembly/models/folder.ts";
import { Random } from "../../../../assembly/models/train/random.ts";
import { ModelName, type ModelValue, parse, StepppsError, type Tensor } from "../../../contract/index.ts";
import { type OnnxModel, readOnnx } from "../../../inference/onnx/read.ts";
import type { Invocation } from "../../command.ts";
import { formatBytes } from "../../format.ts";
import { type DraftOptions, draftValues } from "../../model/draft.ts";
import { withFirstProvider } from "../../model/runners.ts";
import { sampleTensor } from "../../model/sample.ts";

interface Options extends DraftOptions {
  readonly name?: string;
  readonly modelVersion: string;
  readonly licence?: string;
  readonly description?: string;
  readonly vectors: string;
  readonly out?: string;
}

const SEED = 1;
const RUN_MS = 60_000;
/** Rounding differs between processors and versions of the runtime, the more the longer sums are. */
const TOLERANCE = { absolute: 1e-4, relative: 1e-3 } as const;
/** What a runtime takes beside the weights of a small model. */
const LEAST_MEMORY = 16 * 2 ** 20;

export async function run({ args, options, cwd, out }: Invocation<Options>) {
  const file = resolve(cwd, args[0] ?? "");
  const onnx = Uint8Array.from(readFileSync(file));
  const model = readOnnx(onnx);
  const name = parse(ModelName, options.name ?? nameOf(file), "E_CLI_OPTION");
  const folder = resolve(cwd, options.out ?? name);
  if (existsSync(join(folder, MANIFEST_FILE))) throw new StepppsError("E_CLI_OPTION", `${folder} has a model already`);
  const values = draftValues(model, options);
  const licence = options.licence ?? (await ask("licence (SPDX, such as Apache-2.0)", out.json));
  if (licence === "") throw new StepppsError("E_CLI_OPTION", "--licence: under which licence may it be used?");
  const description = options.description ?? (await ask("what is it for", out.json));
  const count = Number(options.vectors);
  if (!Number.isInteger(count) || count < 1 || count > 16)
    throw new StepppsError("E_CLI_OPTION", `--vectors ${options.vectors}: 1 to 16`);
  const memoryBytes = Math.max(LEAST_MEMORY, Math.ceil((model.weightBytes * 4) / 65_536) * 65_536);
  const made = await withFirstProvider({ onnx, manifest: { name, memoryBytes } }, async ({ name: provider, session }) => {
    const random = new Random(SEED);
    const golden: GoldenTensors[] = [];
    let micros = 0;
    for (let at = 0; at < count; at++) {
      const inputs = values.inputs.map((value) => sampleTensor(value, random));
      const result = await session.run([inputs], RUN_MS);
      micros = result.micros;
      golden.push({ inputs, outputs: result.outputs[0] ?? [] });
    }
    return { provider, golden, micros };
  });
  const draft: Omit<ModelDraft, "golden"> = {
    ...{ name, version: options.modelVersion, licence, description },
    onnx: { opset: model.opset },
    inputs: values.inputs,
    outputs: values.outputs.map((value, at) => seen(value, made.golden[0]?.outputs[at])),
    tolerance: TOLERANCE,
    memoryBytes,
    latencyMs: Math.max(1, Math.ceil((made.micros * 10) / 1000)),
  };
  writeModelFolder(folder, draft, onnx, made.golden);
  for (const note of remarks(values.inputs)) out.note(note);
  const operators = [...model.operators].sort((a, b) => b[1] - a[1]).map(([operator]) => operator);
  out.result({ folder, ...draft, parameters: model.parameters, operators, provider: made.provider }, () =>
    [describe(model, onnx.length), `${join(folder, MANIFEST_FILE)}, with ${count} golden vectors made by ${made.provider}`].join(
      "\n",
    ),
  );
  return undefined;
}

/** "My_Digits.v2.onnx" is "my-digits-v2". */
function nameOf(file: string): string {
  const plain = basename(file)
    .replace(/\.onnx$/i, "")
    .toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .replace(/-$/, "")
    .slice(0, 63);
}

/** An output whose dims the file does not say has as many as it was seen with. */
function seen(value: ModelValue, tensor: Tensor | undefined): ModelValue {
  return tensor && value.dims.length !== tensor.dims.length ? { ...value, dims: tensor.dims.map(() => -1) } : value;
}

function remarks(inputs: readonly ModelValue[]): string[] {
  return inputs
    .filter(({ min, max }) => min === undefined && max === undefined)
    .map(
      ({ name }) =>
        `${name} has no range: give it min and max in ${MANIFEST_FILE}, or for each column, so that what it was not made for is refused`,
    );
}

function describe({ opset, producer, nodes, parameters, operators }: OnnxModel, bytes: number): string {
  const by = producer === "" ? "" : ` by ${producer}`;
  return `${formatBytes(bytes)}, opset ${opset}${by}: ${nodes} nodes of ${operators.size} kinds, ${parameters.toLocaleString("en")} parameters`;
}

/** What a person types; nothing where there is no terminal. */
async function ask(question: string, silent: boolean): Promise<string> {
  if (silent || !process.stdin.isTTY) return "";
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${question}: `)).trim();
  } finally {
    lines.close();
  }
}
