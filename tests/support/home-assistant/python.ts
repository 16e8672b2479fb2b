import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianMirror } from "../../../images/lock/debian-mirror.ts";

/** Python that Home Assistant 2026.2 runs on, with it and what its MQTT schemas need. */
export interface HomeAssistantPython {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** From PyPI. Home Assistant itself is read from its wheel. */
const HOME_ASSISTANT = "homeassistant==2026.2.3";
const LIBRARIES = [
  "aiohappyeyeballs==2.6.1",
  "aiohttp==3.13.3",
  "aiosignal==1.4.0",
  "annotatedyaml==1.0.2",
  "attrs==25.4.0",
  "awesomeversion==25.8.0",
  "ciso8601==2.3.3",
  "frozenlist==1.8.0",
  "idna==3.11",
  "Jinja2==3.1.6",
  "MarkupSafe==3.0.3",
  "multidict==6.7.0",
  "orjson==3.11.5",
  "propcache==0.4.1",
  "python-slugify==8.0.4",
  "PyYAML==6.0.3",
  "text-unidecode==1.3",
  "typing-extensions==4.15.0",
  "voluptuous==0.15.2",
  "voluptuous-serialize==2.7.0",
  "yarl==1.22.0",
];
/** manylinux tags from old to new; the machine's own pip has an older Python and has to be told. */
const PLATFORMS = ["manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34"].map((tag) => `${tag}_${machine()}`);
/** Debian's release that has Python 3.13; its packages are unpacked beside the machine's own, not installed. */
const SUITE = "trixie";

/** Made once, in `.cache`; some 20 s and 90 MB then. */
export function homeAssistantPython(cache: string): HomeAssistantPython {
  const folder = join(cache, "home-assistant");
  if (!existsSync(join(folder, "done"))) prepare(folder);
  const wheel = readdirSync(join(folder, "wheel"))[0] as string;
  const PYTHONPATH = `${join(folder, "wheel", wheel)}:${join(folder, "site")}`;
  const root = join(folder, "root");
  const lib = join(root, "usr/lib");
  const loader = readdirSync(join(root, "usr"), { recursive: true, encoding: "utf8" }).find((file) =>
    /\/ld-linux-[^/]+\.so\.\d$/.test(file),
  );
  const args = ["--library-path", join(lib, `${machine()}-linux-gnu`), join(root, "usr/bin/python3.13")];
  return { command: join(root, "usr", loader as string), args, env: { PYTHONHOME: join(root, "usr"), PYTHONPATH } };
}

function prepare(folder: string): void {
  process.stderr.write("fetching Python 3.13 and Home Assistant, which a test needs\n");
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  unpackPython(making);
  const pip = ["-m", "pip", "-q", "--disable-pip-version-check", "--no-cache-dir"];
  const target = ["--no-deps", "--ignore-requires-python", "--only-binary=:all:", "--python-version", "3.13.5"];
  const abis = ["cp313", "abi3", "none"].flatMap((abi) => ["--abi", abi]);
  const platforms = PLATFORMS.flatMap((platform) => ["--platform", platform]);
  const options = [...target, "--implementation", "cp", ...abis, ...platforms];
  execFileSync("python3", [...pip, "download", ...options, "-d", join(making, "wheel"), HOME_ASSISTANT], { stdio: "inherit" });
  execFileSync("python3", [...pip, "install", "--no-compile", ...options, "--target", join(making, "site"), ...LIBRARIES], {
    stdio: "inherit",
  });
  writeFileSync(join(making, "done"), "");
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
}

/** With lists and a state of its own, so that the machine's packages stay as they are. */
function unpackPython(folder: string): void {
  const apt = join(folder, "apt");
  for (const below of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, below), { recursive: true });
  const sources = join(apt, "sources.list");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(sources, `deb [signed-by=${keyring}] ${debianMirror()} ${SUITE} main\n`);
  writeFileSync(join(apt, "status"), "");
  const settings = {
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync("apt-get", ["-q", ...options, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    if (status !== 0) throw new Error(`apt-get ${args[0]} for ${SUITE}: ${stderr}`);
  };
  run("update");
  run("install", "-y", "--no-install-recommends", "--download-only", "python3.13");
  const archives = join(apt, "cache/archives");
  for (const deb of readdirSync(archives).filter((name) => name.endsWith(".deb")))
    execFileSync("dpkg-deb", ["-x", join(archives, deb), join(folder, "root")]);
  rmSync(apt, { recursive: true });
}

function machine(): string {
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}
