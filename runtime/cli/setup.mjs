// Makes a checkout ready and runs a program of it on its own Node 24: `npm start`, `npm test`, `npm run bench`.
// Plain JavaScript for Node 20 and newer, without dependencies: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_FLAGS } from "../platform/node-flags.mjs";
import { bundleIsFresh } from "./bundle/fresh.mjs";
import { NODE, run } from "./launch.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ADDON = join(ROOT, "runtime/wasmtime");
const ADDON_STAMP = join(ROOT, ".cache/setup/wasmtime");
const INFERENCE = join(ROOT, "runtime/inference");
const INFERENCE_STAMP = join(ROOT, ".cache/setup/inference");
const COMMAND = join(ROOT, "node_modules/.bin/steppps");

const PROGRAMS = {
  start: [...NODE_FLAGS, join(ROOT, "runtime/cli/steppps.mjs"), "start"],
  test: [join(ROOT, "tests/run.ts")],
  properties: [join(ROOT, "tests/properties.ts")],
  bench: [join(ROOT, "tests/bench/main.ts")],
  image: [join(ROOT, "images/main.ts"), "image"],
  emulate: [join(ROOT, "images/main.ts"), "emulate"],
  flash: [join(ROOT, "images/main.ts"), "flash"],
  kernel: [join(ROOT, "images/main.ts"), "kernel"],
};

/** What a checkout needs of the machine, how to see that it is there, and the package that brings it; `addon`: only for building the addon. */
const NEEDS = [
  { name: "git", tries: [["git", "--version"]], packages: { debian: "git", fedora: "git", alpine: "git", macos: "git" } },
  {
    name: "python3 with pip",
    addon: true,
    tries: [["python3", "-m", "pip", "--version"]],
    packages: { debian: "python3 python3-pip", fedora: "python3 python3-pip", alpine: "python3 py3-pip", macos: "python3" },
  },
  {
    name: "a C++ compiler",
    addon: true,
    tries: [
      [process.env.CXX ?? "c++", "--version"],
      ["g++", "--version"],
      ["clang++", "--version"],
    ],
    packages: { debian: "g++", fedora: "gcc-c++", alpine: "g++", macos: "llvm" },
  },
];

const INSTALLERS = {
  debian: "sudo apt-get install -y",
  fedora: "sudo dnf install -y",
  alpine: "sudo apk add",
  macos: "brew install",
};

/** The steps, in order; each says whether it is done already, which is all that happens on every later run. */
const STEPS = [
  { name: "looking at this machine", done: () => installed() && addonBuilt(), run: checkMachine },
  { name: "installing packages (a minute the first time)", done: installed, run: installPackages },
  { name: "linking the steppps command", done: linked, run: link },
  { name: "building the Wasmtime addon", done: addonBuilt, run: buildAddon },
  { name: "building the inference worker (with ONNX Runtime, 27 MB)", done: inferenceBuilt, run: buildInference },
  { name: "bundling the supervisor", done: bundleIsFresh, run: bundle },
];

async function main() {
  const [program, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(PROGRAMS, program ?? ""))
    fail(`usage: node runtime/cli/setup.mjs ${Object.keys(PROGRAMS).join("|")} [arguments]`, 2);
  for (const [i, step] of STEPS.entries()) {
    if (step.done()) continue;
    say(`[${i + 1}/${STEPS.length}] ${step.name}`);
    await step.run();
  }
  process.exitCode = await run(NODE, [...PROGRAMS[program], ...args]);
}

function checkMachine() {
  const major = Number(process.versions.node.split(".")[0]);
  const needs = NEEDS.filter(({ addon }) => !addon || process.platform === "linux");
  const missing = needs.filter(({ tries }) => !tries.some(([command, ...args]) => works(command, args)));
  if (major < 20) say(`missing: Node 20 or newer (this is ${process.version}); https://nodejs.org has it`);
  for (const { name } of missing) say(`missing: ${name}`);
  if (missing.length > 0) {
    const system = whichSystem();
    const get = (key) => `${INSTALLERS[key]} ${missing.map(({ packages }) => packages[key]).join(" ")}`;
    say("Get it with:");
    for (const key of system ? [system] : Object.keys(INSTALLERS)) say(`  ${get(key)}`);
  }
  if (major < 20 || missing.length > 0) fail("Then run this command again.", 1);
}

async function installPackages() {
  // Not `npm ci`: npm 11 refuses a lock file that leaves out packages for other systems. --no-save leaves the lock file as it is.
  const code = await waitFor("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (code !== 0) fail("npm could not install the packages; what it printed above says why.", 1);
  if (works(NODE, ["--version"])) return;
  say("Node 24 (the npm package 'node') did not install, or does not run here.");
  say("  where npm is told to run no install scripts:  npm rebuild node --ignore-scripts=false");
  say("  on Alpine and other musl systems:             install Node 24 itself (apk add nodejs)");
  fail("Then run this command again.", 1);
}

/** npx looks in node_modules/.bin, where npm puts the commands of dependencies but not a checkout's own. */
function link() {
  symlinkSync("../../runtime/cli/steppps.mjs", COMMAND);
}

function linked() {
  return existsSync(COMMAND) || process.platform === "win32";
}

async function buildAddon() {
  const code = await waitFor(NODE, [join(ADDON, "build/main.ts")]);
  if (code !== 0) fail("The Wasmtime addon could not be built; what is printed above says why.", 1);
  mkdirSync(dirname(ADDON_STAMP), { recursive: true });
  writeFileSync(ADDON_STAMP, addonHash());
}

/** Models run without it too, slower: that it can't be built is no reason not to start. It is tried again when its sources change. */
async function buildInference() {
  const code = await waitFor(NODE, [join(INFERENCE, "build/main.ts")]);
  if (code !== 0)
    say("The inference worker could not be built; models run in WebAssembly. To try again: rm .cache/setup/inference");
  mkdirSync(dirname(INFERENCE_STAMP), { recursive: true });
  writeFileSync(INFERENCE_STAMP, inferenceHash());
}

async function bundle() {
  const code = await waitFor(NODE, [join(ROOT, "runtime/cli/bundle/main.ts")]);
  if (code !== 0) fail("The supervisor could not be bundled; what is printed above says why.", 1);
}

/** Whether what npm says it installed is what the lock file asks for. */
function installed() {
  const wanted = readJson(join(ROOT, "package-lock.json"))?.packages ?? {};
  const found = readJson(join(ROOT, "node_modules/.package-lock.json"))?.packages;
  if (!found || !existsSync(NODE)) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || found[path]?.version === version || (optional && !found[path]),
  );
}

/** Elsewhere than on Linux plugins run in V8, as authors' tests do everywhere. */
function addonBuilt() {
  return process.platform !== "linux" || (existsSync(ADDON_STAMP) && readFileSync(ADDON_STAMP, "utf8") === addonHash());
}

function inferenceBuilt() {
  return (
    process.platform !== "linux" || (existsSync(INFERENCE_STAMP) && readFileSync(INFERENCE_STAMP, "utf8") === inferenceHash())
  );
}

function addonHash() {
  return hashOf([join(ADDON, "build"), join(ADDON, "native")]);
}

function inferenceHash() {
  const memory = join(ROOT, "runtime/memory");
  return hashOf([join(INFERENCE, "build"), join(INFERENCE, "worker"), join(memory, "build"), join(memory, "native")]);
}

/** Names what something is built from, and for which machine. */
function hashOf(folders) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const path of files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort())
      hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** Runs a step's command, with a sign of life where npm shows none. */
async function waitFor(command, args) {
  const started = Date.now();
  const beat = setInterval(() => say(`      … ${Math.round((Date.now() - started) / 1000)} s`), 10_000);
  try {
    // What a step prints is no result of the program that comes after: it goes to stderr.
    const shell = process.platform === "win32" && command === "npm";
    return await run(command, args, { cwd: ROOT, stdio: ["inherit", 2, "inherit"], shell });
  } finally {
    clearInterval(beat);
  }
}

function works(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function whichSystem() {
  if (process.platform === "darwin") return "macos";
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const ids = release.match(/^ID(?:_LIKE)?=.*/gm)?.join(" ") ?? "";
  return ["debian", "fedora", "alpine"].find((system) => ids.includes(system));
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line, code) {
  say(line);
  process.exit(code);
}

await main();
