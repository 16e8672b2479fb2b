import { type GoldenReport, runGolden } from "../../../inference/golden.ts";
import type { Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openModel } from "../../model/open-model.ts";
import { type Ran, withEachProvider } from "../../model/runners.ts";

const RUN_MS = 60_000;

export async function run({ args, cwd, out }: Invocation) {
  const { manifest, onnx } = openModel(args[0] ?? ".", cwd);
  const results = await withEachProvider({ manifest, onnx }, ({ session }) => runGolden(manifest, session, RUN_MS));
  const { name, version } = manifest;
  out.result({ name, version, results: results.map(plain) }, () => [`${name} ${version}`, ...results.map(describe)].join("\n"));
  // Where nothing here can run it, nothing was tested.
  const failed = results.some((result) => "error" in result && result.error.code !== "E_INFER_PROVIDER");
  return failed || !results.some((result) => "value" in result) ? EXIT.tests : EXIT.ok;
}

function describe(result: Ran<GoldenReport>): string {
  if ("error" in result) return `  ${result.provider}: ${result.error.message}`;
  const { vectors, worst } = result.value;
  return `  ${result.provider}: ${vectors} golden vectors fit, the worst at ${(worst * 100).toPrecision(2)} % of the tolerance`;
}

function plain(result: Ran<GoldenReport>) {
  return "error" in result
    ? { provider: result.provider, error: result.error.toJSON() }
    : { provider: result.provider, ...result.value };
}
