// node images/lock/update.ts [group...]: pins the newest packages of the releases that wanted.ts names, by apt with lists of its own.
// With groups, theirs alone, and the lock keeps its time. Debian only.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../steps/run.ts";
import { debianMirror } from "./debian-mirror.ts";
import { LOCK_FILE, readLock, writeLock } from "./lock.ts";
import type { LockedDeb } from "./schema.ts";
import { WANTED, type Wanted } from "./wanted.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Options that make apt look at one release only, below `folder`, and leave the machine's own lists alone. */
function aptOptions(folder: string, suite: string): string[] {
  const home = join(folder, suite);
  for (const below of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(home, below), { recursive: true });
  const source = `deb [arch=amd64,arm64 signed-by=${KEYRING}] ${debianMirror()} ${suite} main non-free-firmware\n`;
  writeFileSync(join(home, "sources.list"), source);
  writeFileSync(join(home, "status"), "");
  const settings = {
    "Dir::Etc::sourcelist": join(home, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": join(home, "lists"),
    "Dir::State::status": join(home, "status"),
    "Dir::Cache": join(home, "cache"),
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
  };
  const architectures = ["amd64", "arm64"].flatMap((arch) => ["-o", `APT::Architectures::=${arch}`]);
  return [...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]), ...architectures];
}

type Stanza = Readonly<Record<string, string>>;

/** All packages of a release, by name and architecture. One question for all: each takes apt seconds. */
async function available(options: readonly string[]): Promise<Map<string, Stanza>> {
  const stanzas = (await run("apt-cache", [...options, "dumpavail"])).split("\n\n").map((text): Stanza => {
    const fields = [...text.matchAll(/^([A-Za-z0-9-]+): (.*)$/gm)];
    return Object.fromEntries(fields.map(([, key, value]) => [key, value]));
  });
  return new Map(stanzas.map((stanza) => [`${stanza.Package}:${stanza.Architecture}`, stanza]));
}

function resolve({ group, arch, names }: Wanted, packages: ReadonlyMap<string, Stanza>): LockedDeb[] {
  const wanted = arch === "host" ? (["amd64", "arm64"] as const) : [arch];
  const found = names.flatMap((name) =>
    wanted.map((of) => packages.get(`${name}:${of}`) ?? packages.get(`${name}:all`) ?? fail(`there is no ${name} for ${of}`)),
  );
  return [...new Set(found)].map((stanza) => {
    const field = (key: string) => stanza[key] ?? fail(`${stanza.Package} has no ${key}`);
    const [name, version, path, sha256] = [field("Package"), field("Version"), field("Filename"), field("SHA256")];
    return { name, arch: field("Architecture") as LockedDeb["arch"], version, group, path, size: Number(field("Size")), sha256 };
  });
}

function fail(message: string): never {
  throw new Error(message);
}

const folder = await mkdtemp(join(tmpdir(), "steppps-lock-"));
try {
  const groups: readonly string[] = process.argv.slice(2);
  const before = existsSync(LOCK_FILE) ? readLock() : undefined;
  const wantedNow = WANTED.filter(({ group }) => groups.length === 0 || groups.includes(group));
  const debian = before?.debian.filter(({ group }) => groups.length > 0 && !groups.includes(group)) ?? [];
  for (const suite of new Set(wantedNow.map((wanted) => wanted.suite))) {
    const options = aptOptions(folder, suite);
    await run("apt-get", ["-q", ...options, "update"]);
    const packages = await available(options);
    for (const wanted of wantedNow.filter((other) => other.suite === suite)) debian.push(...resolve(wanted, packages));
  }
  // The time that everything bears moves only when something of it does.
  const next = { time: before?.time ?? 0, debian };
  const same = before !== undefined && writeLock(next) === writeLock(before);
  const time = groups.length > 0 ? next.time : Math.floor(Date.now() / 1000);
  if (!same) writeFileSync(LOCK_FILE, writeLock({ ...next, time }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
