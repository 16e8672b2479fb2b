import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Expectation, Figure } from "../figure.ts";
import { Program } from "../program.ts";
import type { Bench, Suite } from "../suite.ts";
import { RATIOS } from "../wasmtime/figures.ts";

interface Script {
  readonly name: string;
  /** Under tests/bench; writes {"figures": […]} to the file that --json names. */
  readonly path: string;
  readonly about: string;
  readonly expects: readonly Expectation[];
  readonly args?: (bench: Bench) => readonly string[];
  /** It sees for itself that its windows are quiet. */
  readonly watches?: boolean;
}

/** A benchmark that is a program of its own; what it finds is taken over as it is. */
function scripted(script: Script): Suite {
  const { name, about, expects, watches = false } = script;
  return {
    name,
    about,
    expects: expects.map((expected) => ({ ...expected, name: `${name}: ${expected.name}` })),
    run: (bench) => (watches ? runScript(bench, script) : bench.quiet.watch(() => runScript(bench, script))),
  };
}

async function runScript(bench: Bench, { name, path, args }: Script): Promise<void> {
  const file = join(bench.folder, `${name}.json`);
  const script = fileURLToPath(new URL(`../${path}`, import.meta.url));
  await using program = await Program.start(process.execPath, { args: [script, "--json", file, ...(args?.(bench) ?? [])] });
  await program.ended();
  const { figures } = JSON.parse(readFileSync(file, "utf8")) as { figures: Figure[] };
  for (const { name: figure, value, unit, bound, holds } of figures) {
    bench.results.add({ name: `${name}: ${figure}`, value, unit, bound: bound || null, holds: bound ? holds : null });
  }
}

export const wasmtime = scripted({
  name: "wasmtime",
  path: "wasmtime/main.ts",
  about:
    "Calls into a sandbox through wasmtime-node, beside a C program that makes them through Wasmtime's C API and beside Extism's JavaScript SDK. " +
    "Contestants take turns in short windows; the best window of each counts.",
  expects: RATIOS.map(({ name, bound }) => ({ name, bound, unit: "x" })),
  args: ({ quick }) => (quick ? ["--windows", "3"] : []),
});

export const store = scripted({
  name: "store",
  path: "store.ts",
  about:
    "Commits of the journal alone, of the size that batches of messages make, beside the disk's own time for the same bytes.",
  expects: [],
  args: ({ folder, quiet }) => ["--folder", folder, ...(quiet.forced ? ["--force"] : [])],
  watches: true,
});

export const assembly = scripted({
  name: "assembly",
  path: "assembly/main.ts",
  about: "What a message costs inside a plugin, in V8, and how long compiling one takes.",
  expects: [],
});

export const broker = scripted({
  name: "broker",
  path: "broker.ts",
  about:
    "The embedded broker without plugins: client to client, and with a stand-in for the supervisor that filters and changes in JavaScript.",
  expects: [],
  args: ({ quick }) => (quick ? ["--seconds", "1"] : []),
});
