// node tests/cross/wasmtime/main.ts [--target NAME]: cross-builds the addon with zig and runs it on musl machines,
// aarch64 under qemu-user. Slow the first time: it fetches a compiler (100 MB) and two Nodes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildAddon } from "../../../runtime/wasmtime/build/addon.ts";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { systemProgram } from "../../support/system.ts";
import { muslRoot } from "./root.ts";

const MACHINES = ["aarch64", "x86_64"] as const;
const smoke = fileURLToPath(new URL("smoke.ts", import.meta.url));
const { values } = parseArgs({ options: { target: { type: "string" } } });

const places = defaultPlaces();
await buildAddon("aarch64-linux-gnu", places);
for (const architecture of MACHINES) {
  const target = `${architecture}-linux-musl` as const;
  if (values.target !== undefined && values.target !== target) continue;
  await buildAddon(target, places);
  const { root, loader, node, libraries } = await muslRoot(architecture, places);
  const foreign = architecture !== { x64: "x86_64", arm64: "aarch64" }[process.arch as string];
  // qemu-user looks up the loader below its -L; on this architecture the loader itself is asked to run the program.
  const [command, ...args] = foreign ? [emulator(architecture), "-L", root, node, smoke, target] : [loader, node, smoke, target];
  process.stdout.write(`--- ${target}\n`);
  const { status, signal, stdout } = spawnSync(command, args, {
    env: { LD_LIBRARY_PATH: libraries, PATH: process.env.PATH },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 300_000,
  });
  process.stdout.write(stdout);
  if (status !== 0 || !stdout.endsWith("all well\n")) throw new Error(`${target} failed: ${signal ?? `exit code ${status}`}`);
}

/** qemu-user for another architecture than this machine's. */
function emulator(architecture: string): string {
  return systemProgram(architecture === "aarch64" ? "qemu-aarch64" : "qemu-x86_64");
}
