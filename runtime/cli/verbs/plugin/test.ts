import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StepppsError } from "../../../contract/errors/index.ts";
import type { Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";

const HOOKS = fileURLToPath(new URL("../../author/test-hooks.ts", import.meta.url));

/** Runs the tests of plugins with node:test, each file in a process of its own. */
export async function run({ args, options, cwd, out, signal }: Invocation<{ report?: string }>) {
  const files = (args.length > 0 ? args : ["."]).flatMap((path) => testFiles(resolve(cwd, path)));
  if (files.length === 0) throw new StepppsError("E_CLI_NO_TESTS", args.join(", ") || cwd);
  const reporters = [["spec", "stderr"], ...(options.report ? [["tap", resolve(cwd, options.report)]] : [])];
  const flags = reporters.flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
  const child = spawn(process.execPath, ["--import", HOOKS, "--test", ...flags, ...files], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  const code = await new Promise<number | null>((done) => child.on("exit", done));
  if (signal.aborted) return EXIT.interrupted;
  if (code !== 0) throw new StepppsError("E_CLI_TESTS");
  out.result({ files, passed: true }, () => `${files.length} file${files.length === 1 ? "" : "s"} of tests passed`);
  return EXIT.ok;
}

/** *.test.ts at or below `path`, sorted. */
function testFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new StepppsError("E_CLI_NO_PLUGIN", path);
  if (found.isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => join(path, file))
    .sort();
}
