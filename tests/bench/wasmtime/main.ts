// node tests/bench/wasmtime/main.ts [--json FILE] [--windows N]: what this package costs, beside the raw C API and Extism JS.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildAddon } from "../../../runtime/wasmtime/build/addon.ts";
import { wat2wasm } from "../../../runtime/wasmtime/src/index.ts";
import { extismContestants, instanceContestants, loadContestants, ourContestants, rawContestants } from "./contestants.ts";
import { figures, table } from "./figures.ts";
import { MESSAGE } from "./guests.ts";
import { RawProcess } from "./raw.ts";
import { bestOfWindows } from "./windows.ts";

const { values: options } = parseArgs({ options: { json: { type: "string" }, windows: { type: "string", default: "40" } } });

await buildAddon();
const folder = mkdtempSync(join(tmpdir(), "wasmtime-bench-"));
try {
  using raw = await RawProcess.start(wat2wasm(MESSAGE), folder);
  const contestants = [
    ...rawContestants(raw),
    ...ourContestants(),
    ...(await extismContestants()),
    ...loadContestants(folder, writeFileSync),
    ...instanceContestants(),
  ];
  const rows = figures(await bestOfWindows(contestants, Number(options.windows)));
  process.stdout.write(`${table(rows)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ figures: rows }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
