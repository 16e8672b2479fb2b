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
}

/** A benchmark that is a program of its own; what it finds is taken over as it is. */
function scripted({ name, path, about, expects }: Script): Suite {
  return {
    name,
    about,
    expects: expects.map((expected) => ({ ...expected, name: `${name}: ${expected.name}` })),
    run: (bench) => bench.quiet.watch(() => runScript(bench, name, path)),
  };
}

async function runScript({ folder, results, quick }: Bench, name: string, path: string): Promise<void> {
  const file = join(folder, `${name}.json`);
  const script = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const short = quick && name === "wasmtime" ? ["--windows", "3"] : [];
  await using program = await Program.start(process.execPath, { args: [script, "--json", file, ...short] });
  await program.ended();
  const { figures } = JSON.parse(readFileSync(file, "utf8")) as { figures: (Omit<Figure, "bound"> & { bound: unknown })[] };
  for (const { name: figure, value, unit, bound, holds } of figures) {
    const kept = typeof bound === "string" && bound !== "" ? bound : null;
    results.add({ name: `${name}: ${figure}`, value, unit, bound: kept, holds: kept === null ? null : holds });
  }
}

export const wasmtime = scripted({
  name: "wasmtime",
  path: "wasmtime/main.ts",
  about:
    "Calls into a sandbox through wasmtime-node, beside a C program that makes them through Wasmtime's C API and beside Extism's JavaScript SDK. " +
    "Contestants take turns in short windows; the best window of each counts.",
  expects: RATIOS.map(({ name, bound }) => ({ name, bound, unit: "x" })),
});

export const store = scripted({
  name: "store",
  path: "store.ts",
  about:
    "Commits of the journal alone, of the size that batches of messages make, beside the disk's own time for the same bytes.",
  expects: [],
});

export const assembly = scripted({
  name: "assembly",
  path: "assembly/main.ts",
  about: "What a message costs inside a plugin, in V8, and how long compiling one takes.",
  expects: [],
});
