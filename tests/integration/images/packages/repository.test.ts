import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { allExamplesPackage, examplePackages } from "../../../../images/packages/examples.ts";
import { inferencePackage } from "../../../../images/packages/inference.ts";
import { nodePackage } from "../../../../images/packages/node.ts";
import type { PackageContent } from "../../../../images/packages/package.ts";
import { type RepositoryOptions, writeRepository } from "../../../../images/packages/repository.ts";
import { signingKey } from "../../../../images/packages/signing-key.ts";
import { supervisorPackage } from "../../../../images/packages/steppps.ts";
import { alpineFromWheel } from "../../../../images/rootfs/alpine.ts";
import { hostApk } from "../../../../images/rootfs/alpine-base.ts";
import { type Architecture, MACHINES } from "../../../../images/rootfs/architecture.ts";
import { baseFolder } from "../../../../images/rootfs/root-folder.ts";
import { entriesOf } from "../../../../images/steps/entries.ts";
import { fileHash } from "../../../../images/steps/file-hash.ts";
import { formatPublicKey, generateKeys, loadKeys, saveKeys } from "../../../../runtime/trust/index.ts";
import { Chroot } from "../../../support/chroot.ts";
import { ROOT } from "../../../support/cli.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { lightGoesOn } from "../lights.ts";
import { builder } from "../support.ts";
import { served } from "./served.ts";

/** With empty caches an Alpine, Node and the tools are fetched. */
const LONG = 900_000;
const arch: Architecture = process.arch === "arm64" ? "arm64" : "x86_64";
const machine = MACHINES[arch];
const folder = tempFolder("packages");
const keys = join(folder.path, "keys");
const repository = join(folder.path, "apk");
let all: Awaited<ReturnType<typeof builder>>;
let contents: readonly PackageContent[];
let options: RepositoryOptions;

beforeAll(async () => {
  all = await builder();
  const { lock, tools, places } = all;
  const base = await baseFolder(arch, lock, tools, places);
  saveKeys(keys, generateKeys());
  const facts = { arch, version: "1.2.3", buildTime: lock.time };
  const examples = await examplePackages(ROOT, loadKeys(keys));
  const inference = await inferencePackage(join(folder.path, "inference"), "1.2.3-r0");
  const programs = [supervisorPackage(base.folder, facts, "1.2.3-r0"), await nodePackage(base.folder, arch), inference];
  contents = [...programs, ...examples, allExamplesPackage(examples, "1.2.3-r0")];
  const [apk, key] = [await hostApk(tools, places), await signingKey(keys)];
  options = { apk, key, machine, time: lock.time, description: "a test's" };
  await writeRepository(contents, options, repository);
}, LONG);
afterAll(() => folder[Symbol.dispose]());

const files = () => readdirSync(join(repository, machine)).sort();

function exampleNames(): string[] {
  const entries = readdirSync(join(ROOT, "assembly/examples"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

test("there is a package for the supervisor, for Node, for each example and for all of them, and apk finds no fault in any", async () => {
  expect(files()).toEqual([
    "Packages.adb",
    "steppps-1.2.3-r0.apk",
    ...exampleNames().map((name) => expect.stringMatching(new RegExp(`^steppps-example-${name}-\\d+\\.\\d+\\.\\d+-r0\\.apk$`))),
    "steppps-examples-1.2.3-r0.apk",
    "steppps-inference-wasm-1.2.3-r0.apk",
    expect.stringMatching(/^steppps-node-24\.\d+\.\d+-r0\.apk$/),
  ]);
  const packages = files().map((name) => join(repository, machine, name));
  await options.apk.run(["verify", "--keys-dir", await trusted(), ...packages.filter((path) => path.endsWith(".apk"))]);
});

test(
  "what is packed again, by somebody else's umask, is the same byte for byte",
  async () => {
    const again = join(folder.path, "again");
    const umask = process.umask(0o077);
    try {
      const few = contents.filter(({ name }) => name !== "steppps-node");
      for (const file of await writeRepository(few, options, again))
        expect(await fileHash(file), file).toBe(await fileHash(join(repository, machine, basename(file))));
      const first = await fileHash(join(again, machine, "Packages.adb"));
      await writeRepository(few, options, again);
      expect(await fileHash(join(again, machine, "Packages.adb"))).toBe(first);
      expect((await stat(join(again, machine))).mode & 0o777).toBe(0o755);
    } finally {
      process.umask(umask);
    }
  },
  LONG,
);

test("files of a package are root's, and only programs can be run", async () => {
  const said = await options.apk.run(["adbdump", join(repository, machine, "steppps-1.2.3-r0.apk")]);
  expect(new Set(said.match(/(?:user|group): .*/g))).toEqual(new Set(["user: root", "group: root"]));
  const modes = [...said.matchAll(/- name: (\S+)\n\s+acl:\n\s+mode: 0(\d+)/g)].map(([, name, mode]) => `${name} ${mode}`);
  const paths = ["etc", "etc/conf.d", "etc/init.d", "etc/steppps", "usr", "usr/lib", "usr/lib/steppps"];
  expect(modes.filter((line) => !line.endsWith(" 644"))).toEqual(
    expect.arrayContaining([...paths.map((path) => `${path} 755`), "steppps 755"]),
  );
  expect(modes.filter((line) => !line.endsWith(" 644"))).toHaveLength(paths.length + 1);
  expect(said).not.toContain(ROOT);
});

test("an Alpine that trusts the key takes it, with Node; Alpine's own Node is taken first, and a newer one is not", async () => {
  using copy = tempFolder("repository");
  await cp(repository, copy.path, { recursive: true });
  expect(await added(copy.path, true)).toMatch(/Installing steppps-node [\s\S]*Installing steppps /);
  const node = (name: string, version: string): PackageContent => ({
    ...{ name, version, description: "a test's", license: "MIT", depends: [], scripts: {} },
    provides: [`cmd:node=${version}`],
    files: [{ path: "usr/bin/node", content: { bytes: "" } }],
  });
  const distribution = join(copy.path, "distribution");
  await writeRepository([node("nodejs", "24.11.1-r0"), node("nodejs-current", "25.2.1-r0")], options, distribution);
  const said = await added(copy.path, true, distribution);
  expect(said).toContain("Installing nodejs (24.11.1-r0)");
  expect(said).not.toMatch(/Installing (steppps-node|nodejs-current)/);
});

test.each([
  ["a key that is not trusted", false, undefined],
  ["a package that was changed", true, "steppps-1.2.3-r0.apk"],
  ["an index that was changed", true, "Packages.adb"],
])("an Alpine refuses %s", async (_, trust, spoil) => {
  using copy = tempFolder("spoiled");
  await cp(repository, copy.path, { recursive: true });
  if (spoil !== undefined) {
    const path = join(copy.path, machine, spoil);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    await writeFile(path, bytes);
  }
  await expect(added(copy.path, trust)).rejects.toThrow(/failed with exit code/);
  expect(existsSync(join(copy.path, "root/usr/lib/steppps/supervisor.cjs"))).toBe(false);
});

test(
  "on an Alpine 3.23, apk add steppps brings the supervisor; under OpenRC it runs as a user of its own, is started again when it ends, and a plugin handles a message",
  async () => {
    const { tools, places } = all;
    const alpine = await alpineFromWheel(arch, tools, places);
    const root = join(folder.path, "alpine");
    await cp(alpine.folder, root, { recursive: true, verbatimSymlinks: true, mode: 2 });
    await cp(await trusted(), join(root, "etc/apk/keys"), { recursive: true });
    await writeFile(join(root, "etc/apk/repositories"), `v3 ${await served(repository)}\n`);
    await mkdir(join(root, "etc/steppps"), { recursive: true });
    const document = { name: "shed", owners: [formatPublicKey(loadKeys(keys).public)], mqtt: { port: 0 }, web: { port: 0 } };
    const script = [
      "set -e",
      "apk add steppps steppps-examples",
      "cat >/etc/steppps/steppps.yaml <<'END'",
      stringify(document),
      "END",
      "rc-update add steppps default",
      // What OpenRC leaves when it has started a machine.
      "mkdir -p /run/openrc && touch /run/openrc/softlevel",
      "syslogd",
      "rc-service steppps start",
      // The rest is said later.
      "exec sh",
    ].join("\n");
    const machineOfItsOwn = await Chroot.start(root, ["/bin/sh", "-c", script]);
    onTestFinished(() => machineOfItsOwn.kill());
    const messages = () => {
      const log = join(root, "var/log/messages");
      return existsSync(log) ? readFileSync(log, "utf8") : "";
    };
    const starts = () => [...messages().matchAll(/ steppps ready shed (mqtt:\S+)/g)].map(([, url]) => url as string);
    const ready = async (times: number) => {
      await expect.poll(() => starts()[times - 1] ?? machineOfItsOwn.said, { timeout: 100_000 }).toMatch(/^mqtt:/);
      return starts()[times - 1] as string;
    };
    await ready(1);
    machineOfItsOwn.tell("pkill -KILL -P $(cat /run/supervise-steppps.pid)");
    const broker = await ready(2);
    const examples = join(root, "usr/share/steppps/examples");
    expect(readdirSync(examples).sort()).toEqual(exampleNames());
    const plugin = readdirSync(join(examples, "motion-light")).find((name) => name.endsWith(".plugin")) as string;
    await lightGoesOn(broker, "shed", join(examples, "motion-light", plugin), folder.path, keys);
    const data = join(root, "var/lib/steppps");
    const [{ uid, mode }, passwd] = [await stat(data), readFileSync(join(root, "etc/passwd"), "utf8")];
    expect([uid, mode & 0o777]).toEqual([Number(/^steppps:x:(\d+):/m.exec(passwd)?.[1]), 0o700]);
    expect((await stat(join(root, "etc/steppps/steppps.yaml"))).mode & 0o777).toBe(0o640);
    machineOfItsOwn.tell("rc-service steppps stop && echo stopped; exit");
    expect(await machineOfItsOwn.ended).toBe(0);
    expect(machineOfItsOwn.said).toMatch(/stopped\s*$/);
  },
  LONG,
);

test(
  "those for the other kind of processor have its programs, and no others",
  async () => {
    const { lock, tools, places } = all;
    const other: Architecture = arch === "arm64" ? "x86_64" : "arm64";
    const base = await baseFolder(other, lock, tools, places);
    const facts = { arch: other, version: "1.2.3", buildTime: lock.time };
    const programs = [supervisorPackage(base.folder, facts, "1.2.3-r0"), await nodePackage(base.folder, other)];
    using home = tempFolder("other-packages");
    await writeRepository(programs, { ...options, machine: MACHINES[other] }, home.path);
    await addedFor(MACHINES[other], home.path, true);
    const root = join(home.path, "root");
    const machines: Record<string, number> = {};
    for (const { path, entry } of await entriesOf(root)) {
      if (!entry.isFile()) continue;
      const head = await headOf(join(root, path));
      if (head.toString("latin1", 1, 4) === "ELF") machines[path] = head.readUInt16LE(18);
    }
    const names = ["usr/lib/steppps/libwasmtime.so", "usr/lib/steppps/node/bin/node", "usr/lib/steppps/wasmtime.node"];
    expect(Object.keys(machines)).toEqual(expect.arrayContaining(names));
    expect(new Set(Object.values(machines))).toEqual(new Set([ELF_MACHINES[other]]));
    const board = JSON.parse(await readFile(join(root, "usr/lib/steppps/board.json"), "utf8"));
    expect(board).toMatchObject({ arch: other, version: "1.2.3" });
  },
  LONG,
);

/** e_machine of ELF. */
const ELF_MACHINES: Readonly<Record<Architecture, number>> = { arm64: 183, x86_64: 62 };

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  return (await file.read(Buffer.alloc(20), 0, 20, 0)).buffer;
}

function added(home: string, trust: boolean, ...others: readonly string[]): Promise<string> {
  return addedFor(machine, home, trust, ...others);
}

/** What apk says while it adds steppps to an empty root in `home`, from the repository there by HTTP, and from others that lie on disk. */
async function addedFor(of: string, home: string, trust: boolean, ...others: readonly string[]): Promise<string> {
  const root = join(home, "root");
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, "etc/apk/keys"), { recursive: true });
  if (trust) await cp(await trusted(), join(root, "etc/apk/keys"), { recursive: true });
  const repositories = [await served(home), ...others].map((address) => `v3 ${address}\n`);
  await writeFile(join(root, "etc/apk/repositories"), repositories.join(""));
  const user = process.getuid?.() === 0 ? [] : ["--usermode"];
  return options.apk.run(["add", "--root", root, "--arch", of, "--initdb", "--no-cache", "--no-scripts", ...user, "steppps"]);
}

/** A folder with the repository's key and no other. */
async function trusted(): Promise<string> {
  const home = join(folder.path, "trusted");
  await mkdir(home, { recursive: true });
  await cp(options.key.publicFile, join(home, basename(options.key.publicFile)));
  return home;
}
