// node tests/fuzz/wasmtime/main.ts [--runs N]: libFuzzer on the addon's own parsing, under Address- and UBSanitizer.
// Needs clang with its runtime; on Debian as root it is installed when missing. Keeps its corpus in .cache/fuzz.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { run } from "../../../runtime/wasmtime/build/run.ts";

const PACKAGES = ["clang", "libclang-rt-14-dev"];
const SANITIZERS = "-fsanitize=fuzzer,address,undefined";

const { values } = parseArgs({ options: { runs: { type: "string", default: "300000" } } });
const places = defaultPlaces();
const folder = join(places.cache, "fuzz", "wasmtime");
const corpus = join(folder, "corpus");
mkdirSync(corpus, { recursive: true });

await ensureClang();
const target = join(folder, "framing");
const source = fileURLToPath(new URL("framing.cc", import.meta.url));
const flags = ["-std=c++20", "-O1", "-g", SANITIZERS, "-fno-sanitize-recover=all", "-I", join(places.root, "native")];
await run("clang++", [...flags, source, "-o", target]);
await run(target, [
  `-runs=${Number(values.runs)}`,
  "-max_len=4096",
  "-print_final_stats=1",
  `-artifact_prefix=${folder}/`,
  corpus,
]);
process.stdout.write(`framing: ${values.runs} runs, nothing found\n`);

async function ensureClang(): Promise<void> {
  if (spawnSync("clang++", ["--version"]).status === 0) return;
  const install = `apt-get install -y --no-install-recommends ${PACKAGES.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Error(`clang is missing; on Debian this installs it: sudo ${install}`);
  }
  process.stderr.write(`installing clang: ${install}\n`);
  await run("apt-get", ["update"]);
  await run("apt-get", install.split(" ").slice(1), { ...process.env, DEBIAN_FRONTEND: "noninteractive" });
}
