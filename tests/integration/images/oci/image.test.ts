import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { CONTAINER_USER, writeContainerImage } from "../../../../images/oci/archive.ts";
import { examplePackages } from "../../../../images/packages/examples.ts";
import type { Architecture } from "../../../../images/rootfs/architecture.ts";
import { type RootFolder, rootFolder } from "../../../../images/rootfs/root-folder.ts";
import { fileHash } from "../../../../images/steps/file-hash.ts";
import { run } from "../../../../images/steps/run.ts";
import { formatPublicKey, generateKeys, saveKeys } from "../../../../runtime/trust/index.ts";
import { Chroot } from "../../../support/chroot.ts";
import { ROOT } from "../../../support/cli.ts";
import { systemProgram } from "../../../support/system.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { lightGoesOn } from "../lights.ts";
import { builder } from "../support.ts";

/** With empty caches an Alpine, Node and the tools are fetched. */
const LONG = 900_000;
const VERSION = "1.2.3";
const arch: Architecture = process.arch === "arm64" ? "arm64" : "x86_64";
const folder = tempFolder("oci");
const archive = join(folder.path, "image.oci.tar");
const bundle = join(folder.path, "bundle");
let root: RootFolder;
let time: number;

beforeAll(async () => {
  const { lock, tools, places } = await builder();
  time = lock.time;
  const facts = { board: "container", bootControl: "none", version: VERSION, buildTime: time, arch } as const;
  root = await rootFolder({ facts, init: undefined }, lock, tools, places);
  await writeContainerImage(root, { arch, version: VERSION, time }, archive);
  return () => folder[Symbol.dispose]();
}, LONG);

test(
  "an image that is written again is the same byte for byte",
  async () => {
    const again = join(folder.path, "again.tar");
    await writeContainerImage(root, { arch, version: VERSION, time }, again);
    expect(await fileHash(again)).toBe(await fileHash(archive));
  },
  LONG,
);

test("a container host's own program reads it: platform, layers and digests", async () => {
  const said = JSON.parse(await run(systemProgram("skopeo"), ["inspect", `oci-archive:${archive}:${VERSION}`]));
  expect(said).toMatchObject({
    Os: "linux",
    Architecture: arch === "arm64" ? "arm64" : "amd64",
    Labels: { "org.opencontainers.image.version": VERSION },
    Created: new Date(time * 1000).toISOString().replace(".000Z", "Z"),
  });
  expect(said.Layers).toHaveLength(2);
  // Copies every part, and holds each against its digest; the layers against those of their content.
  const copy = `dir:${join(folder.path, "copy")}`;
  await run(systemProgram("skopeo"), ["--insecure-policy", "copy", "--quiet", `oci-archive:${archive}:${VERSION}`, copy]);
});

test(
  "one for the other kind of processor says so, and has its programs",
  async () => {
    const { lock, tools, places } = await builder();
    const other: Architecture = arch === "arm64" ? "x86_64" : "arm64";
    const facts = { board: "container", bootControl: "none", version: VERSION, buildTime: time, arch: other } as const;
    const content = await rootFolder({ facts, init: undefined }, lock, tools, places);
    const file = join(folder.path, "other.oci.tar");
    await writeContainerImage(content, { arch: other, version: VERSION, time }, file);
    const { config, ...said } = JSON.parse(
      await run(systemProgram("skopeo"), ["inspect", "--config", `oci-archive:${file}:${VERSION}`]),
    );
    expect(said).toMatchObject({ os: "linux", architecture: other === "arm64" ? "arm64" : "amd64" });
    expect(said.variant).toBe(other === "arm64" ? "v8" : undefined);
    expect(config).toMatchObject({ User: `${CONTAINER_USER}:${CONTAINER_USER}`, WorkingDir: "/data" });
    expect(said.rootfs.diff_ids).toHaveLength(2);
    const node = await readFile(join(content.folder, "usr/bin/node"));
    expect(node.readUInt16LE(18), "e_machine of ELF").toBe(other === "arm64" ? 183 : 62);
  },
  LONG,
);

test(
  "unpacked by another program it runs as nobody, writes to its data only, and a plugin handles a message",
  async () => {
    const layout = join(folder.path, "layout");
    await mkdir(layout);
    await run("tar", ["--extract", "--file", archive, "--directory", layout]);
    await run(systemProgram("umoci"), ["unpack", "--image", `${layout}:${VERSION}`, bundle]);
    const { process: wanted } = JSON.parse(await readFile(join(bundle, "config.json"), "utf8"));
    expect(wanted).toMatchObject({ user: { uid: CONTAINER_USER, gid: CONTAINER_USER }, cwd: "/data" });
    const inside = (path: string) => join(bundle, "rootfs", path);
    expect([(await stat(inside("data"))).uid, (await stat(inside("usr/bin/node"))).uid]).toEqual([CONTAINER_USER, 0]);
    expect(await run("find", [inside(""), "-perm", "/6000", "-type", "f"])).toBe("");
    const keys = join(folder.path, "keys");
    const owner = generateKeys();
    saveKeys(keys, owner);
    const document = { name: "attic", owners: [formatPublicKey(owner.public)], mqtt: { port: 0 }, web: { port: 0 } };
    await writeFile(inside("data/steppps.yaml"), stringify(document));
    const env = Object.fromEntries(wanted.env.map((line: string) => line.split(/=(.*)/s).slice(0, 2)));
    const container = await Chroot.start(inside(""), wanted.args, { user: CONTAINER_USER, env, cwd: wanted.cwd });
    onTestFinished(() => container.kill());
    const ready = () => /^steppps ready attic (mqtt:\S+)/m.exec(container.said)?.[1];
    await expect.poll(() => ready() ?? container.said, { timeout: 100_000 }).toMatch(/^mqtt:/);
    const example = (await examplePackages(ROOT, owner)).find(({ name }) => name.endsWith("motion-light"));
    const signed = example?.files.map(({ content }) => ("bytes" in content ? content.bytes : undefined)).find(Boolean);
    const plugin = join(folder.path, "motion-light.plugin");
    await writeFile(plugin, signed as Uint8Array);
    await lightGoesOn(ready() as string, "attic", plugin, folder.path, keys);
    container.signal("SIGTERM");
    expect(await container.ended).toBe(0);
  },
  LONG,
);
