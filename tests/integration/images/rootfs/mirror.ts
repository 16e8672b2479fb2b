import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { lstat, mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import type { Apk } from "../../../../images/rootfs/apk.ts";
import type { InstalledApk } from "../../../../images/rootfs/apk-database.ts";

/** Alpine's repositories are of apk's second format, made by abuild, which is a program of Alpine's: so here it is made by hand [apk-v2(5)]. */
export class TestMirror {
  readonly #folder: string;
  readonly #name: string;
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = `${name}.rsa.pub`;
  }

  /** Puts the public key into `folder`, as devices that trust it have it. */
  async trustIn(folder: string): Promise<string> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, this.#name), this.#keys.publicKey.export({ type: "spki", format: "pem" }));
    return folder;
  }

  /** Writes packages with those files of `root`, and the index that apk makes of them; returns them with their checksums. */
  async write(packages: readonly InstalledApk[], root: string, machine: string, apk: Apk): Promise<InstalledApk[]> {
    const home = join(this.#folder, "v3.23/main", machine);
    await mkdir(home, { recursive: true });
    const written: InstalledApk[] = [];
    const files: string[] = [];
    for (const one of packages) {
      const file = join(home, `${one.name}-${one.version}.apk`);
      const data = gzipSync(await packTar(await entries(one, root)));
      const control = gzipSync(section(await packTar([text(".PKGINFO", description(one, machine, data))])));
      await writeFile(file, Buffer.concat([await this.#signature(control), control, data]));
      files.push(file);
      written.push({ ...one, checksum: `Q1${createHash("sha1").update(control).digest("base64")}` });
    }
    const index = join(home, "APKINDEX.tar.gz");
    await mkdir(dirname(index), { recursive: true });
    await apk.run(["index", "--allow-untrusted", "--no-warnings", "--output", index, ...files]);
    const unsigned = await readFile(index);
    await writeFile(index, Buffer.concat([await this.#signature(unsigned), unsigned]));
    return written;
  }

  async #signature(content: Buffer): Promise<Buffer> {
    const signature = createSign("RSA-SHA1").update(content).sign(this.#keys.privateKey);
    return gzipSync(section(await packTar([text(`.SIGN.RSA.${this.#name}`, signature)])));
  }
}

/** The parts of a package are one tar: only the last has an end. */
function section(tar: Uint8Array): Uint8Array {
  return tar.subarray(0, tar.length - 1024);
}

function text(name: string, body: string | Uint8Array): TarEntry {
  const bytes = Buffer.from(body);
  return { header: { name, size: bytes.length, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }, body: bytes };
}

function description({ name, version, license }: InstalledApk, machine: string, data: Buffer): string {
  const datahash = createHash("sha256").update(data).digest("hex");
  const fields = {
    pkgname: name,
    pkgver: version,
    pkgdesc: name,
    url: "https://example.org",
    size: data.length,
    arch: machine,
    license,
  };
  return Object.entries({ ...fields, datahash })
    .map(([key, value]) => `${key} = ${value}\n`)
    .join("");
}

/** Folders before what is in them; each file with its checksum, as abuild writes it. */
async function entries({ files }: InstalledApk, root: string): Promise<TarEntry[]> {
  const folders = new Set(files.flatMap(({ path }) => parents(path)));
  const common = { uid: 0, gid: 0, uname: "root", gname: "root", mtime: new Date(0) };
  const made: TarEntry[] = [...folders]
    .sort()
    .map((name) => ({ header: { ...common, name: `${name}/`, size: 0, mode: 0o755, type: "directory" } }));
  for (const { path, mode } of files) {
    const from = join(root, path);
    const link = (await lstat(from)).isSymbolicLink();
    const content = link ? Buffer.from(await readlink(from)) : await readFile(from);
    const pax = { "APK-TOOLS.checksum.SHA1": createHash("sha1").update(content).digest("hex") };
    made.push(
      link
        ? { header: { ...common, name: path, size: 0, mode: 0o777, type: "symlink", linkname: content.toString(), pax } }
        : { header: { ...common, name: path, size: content.length, mode, pax }, body: content },
    );
  }
  return made;
}

function parents(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}
