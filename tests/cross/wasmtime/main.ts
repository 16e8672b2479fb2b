// node tests/cross/wasmtime/main.ts [--target NAME]: cross-builds the addon with zig and runs it on musl machines,
// aarch64 under qemu-user. Slow the first time: it fetches a compiler (100 MB) and two Nodes.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildAddon } from "../../../runtime/wasmtime/build/addon.ts";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { run } from "../../../runtime/wasmtime/build/run.ts";
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
  const [command, ...args] = foreign
    ? [await emulator(architecture), "-L", root, node, smoke, target]
    : [loader, node, smoke, target];
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

async function emulator(architecture: string): Promise<string> {
  const name = `qemu-${architecture}-static`;
  if (spawnSync(name, ["--version"]).status === 0) return name;
  const install = "apt-get install -y --no-install-recommends qemu-user-static";
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
    throw new Error(`${name} is missing; on Debian this installs it: sudo ${install}`);
  process.stderr.write(`installing qemu-user: ${install}\n`);
  await run("apt-get", install.split(" ").slice(1), { ...process.env, DEBIAN_FRONTEND: "noninteractive" });
  return name;
}
