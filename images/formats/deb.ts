import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "../steps/run.ts";

const MAGIC = "!<arch>\n";
const HEADER = 60;

/**
 * Unpacks a Debian package's files below `folder`: all, or `members` ("./usr/bin/…"). A package is an `ar` archive of three members, the last a tar:
 *
 *     !<arch>\n  { name 16 | time 12 | owner 6 | group 6 | mode 8 | size 10 | `\n  content, padded to 2 }
 */
export async function unpackDeb(file: string, folder: string, members: readonly string[] = []): Promise<void> {
  const archive = await readFile(file);
  const { name, content } = member(archive, "data.tar") ?? fail(file);
  const how = { ".xz": "--xz", ".zst": "--zstd", ".gz": "--gzip" }[name.slice("data.tar".length)];
  const into = ["--extract", "--no-same-owner", "--directory", folder, ...members];
  if (how !== "--xz" || onPath("xz")) await run("tar", [...(how ? [how] : []), ...into], { input: content });
  else await byDpkg(file, into);
}

/** A bare Debian has no xz, but a dpkg that can read it. Not by a pipe: tar stops reading before what it is given ends. */
async function byDpkg(file: string, into: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "steppps-deb-"));
  try {
    const tar = join(folder, "data.tar");
    await using out = await open(tar, "w");
    const child = spawn("dpkg-deb", ["--fsys-tarfile", file], { stdio: ["ignore", out.fd, "inherit"] });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`dpkg-deb could not read ${file}`);
    await run("tar", [`--file=${tar}`, ...into]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function member(archive: Buffer, prefix: string): { name: string; content: Buffer } | undefined {
  if (archive.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  for (let at = MAGIC.length; at + HEADER <= archive.length; ) {
    const text = (from: number, length: number) => archive.toString("latin1", at + from, at + from + length).trimEnd();
    const name = text(0, 16).replace(/\/$/, "");
    const size = Number(text(48, 10));
    if (!Number.isSafeInteger(size)) return undefined;
    const start = at + HEADER;
    if (name.startsWith(prefix)) return { name, content: archive.subarray(start, start + size) };
    at = start + size + (size % 2);
  }
  return undefined;
}

function fail(file: string): never {
  throw new Error(`${file} is no Debian package`);
}
