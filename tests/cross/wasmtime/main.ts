// node tests/cross/wasmtime/main.ts [--target NAME]: cross-builds the addon with zig and runs it on musl machines, aarch64 under
// qemu-user; then has them replay what a plugin did here, bit for bit. Slow the first time: it fetches a compiler (100 MB) and two Nodes.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildAddon } from "../../../runtime/wasmtime/build/addon.ts";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { systemProgram } from "../../support/system.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { recordHere } from "./record.ts";
import { muslRoot } from "./root.ts";

const MACHINES = ["aarch64", "x86_64"] as const;
const smoke = fileURLToPath(new URL("smoke.ts", import.meta.url));
const steppps = fileURLToPath(new URL("../../../runtime/cli/steppps.ts", import.meta.url));
const { values } = parseArgs({ options: { target: { type: "string" } } });

const places = defaultPlaces();
using folder = tempFolder("cross");
const recording = join(folder.path, "numbers.recording");
const key = join(folder.path, "signer.pub");
writeFileSync(key, await recordHere(recording));

await buildAddon("aarch64-linux-gnu", places);
for (const architecture of MACHINES) {
  const target = `${architecture}-linux-musl` as const;
  if (values.target !== undefined && values.target !== target) continue;
  await buildAddon(target, places);
  const { root, loader, node, libraries } = await muslRoot(architecture, places);
  const foreign = architecture !== { x64: "x86_64", arm64: "aarch64" }[process.arch as string];
  // qemu-user looks up the loader below its -L; on this architecture the loader itself is asked to run the program.
  const machine = foreign ? [emulator(architecture), "-L", root, node] : [loader, node];
  const run = (program: string, ...args: string[]): string => {
    const [command, ...rest] = [...machine, program, ...args] as [string, ...string[]];
    const { status, signal, stdout } = spawnSync(command, rest, {
      env: { LD_LIBRARY_PATH: libraries, PATH: process.env.PATH },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 300_000,
    });
    process.stdout.write(stdout);
    if (status !== 0) throw new Error(`${target}: ${program} failed: ${signal ?? `exit code ${status}`}`);
    return stdout;
  };
  process.stdout.write(`--- ${target}\n`);
  if (!run(smoke, target).endsWith("all well\n")) throw new Error(`${target}: it did not come to its end`);
  // It exits with a failure unless every effect is the same, byte for byte.
  run(steppps, "replay", recording, "--trust", key, "--engine", "wasmtime", "--data", folder.path);
}

/** qemu-user for another architecture than this machine's. */
function emulator(architecture: string): string {
  return systemProgram(architecture === "aarch64" ? "qemu-aarch64" : "qemu-x86_64");
}
