import { StepppsError } from "../../../contract/index.ts";
import type { Invocation } from "../../command.ts";
import { type Measured, measure } from "../../model/measure.ts";
import { openModel } from "../../model/open-model.ts";
import { type Ran, withEachProvider } from "../../model/runners.ts";
import { table } from "../../output.ts";

export async function run({ args, options, cwd, out }: Invocation<{ readonly seconds: string }>) {
  const seconds = Number(options.seconds);
  if (!(seconds > 0 && seconds <= 600)) throw new StepppsError("E_CLI_OPTION", `--seconds ${options.seconds}`);
  const { manifest, onnx } = openModel(args[0] ?? ".", cwd);
  const results = await withEachProvider({ manifest, onnx }, ({ session, loadedIn }) =>
    measure(manifest, session, { seconds, loadedIn }),
  );
  const { name, version, latencyMs } = manifest;
  const rows = results.map((result) =>
    "error" in result
      ? { provider: result.provider, error: result.error.toJSON() }
      : { provider: result.provider, ...result.value },
  );
  out.result({ name, version, latencyMs, results: rows }, () =>
    [`${name} ${version}, meant to answer within ${latencyMs} ms`, describe(results)].join("\n"),
  );
  return undefined;
}

function describe(results: readonly Ran<Measured>[]): string {
  const heading = ["", "LOADED", "P50", "P99", "IN THE MODEL", "A SECOND", "32 AT ONCE"];
  return table([heading, ...results.map(row)]);
}

function row(result: Ran<Measured>): string[] {
  if ("error" in result) return [result.provider, result.error.message];
  const { loadedIn, p50, p99, inside, single, batched } = result.value;
  const micros = (value: number) => (value < 10_000 ? `${value.toFixed(0)} us` : `${(value / 1000).toFixed(1)} ms`);
  return [
    result.provider,
    `${loadedIn.toFixed(0)} ms`,
    ...[p50, p99, inside].map(micros),
    single.toFixed(0),
    batched === undefined ? "" : batched.toFixed(0),
  ];
}
