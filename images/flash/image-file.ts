import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { StepppsError } from "../../runtime/contract/index.ts";
import { fileHash } from "../steps/file-hash.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** The image of a disk in a file. */
export interface ImageFile {
  readonly name: string;
  /** Bytes, uncompressed. */
  readonly size: number;
  /** Its bytes from the beginning, uncompressed. Throws E_MEDIUM_IMAGE where the file is damaged. */
  content(): AsyncIterable<Uint8Array>;
}

const SECTOR = 512;

/**
 * An `.img` or an `.img.xz`, held against the `.sha256` beside it where there is one. Throws E_MEDIUM_IMAGE for what is no image of
 * a disk with a partition table.
 */
export async function openImageFile(file: string, tools: Toolset): Promise<ImageFile> {
  const name = basename(file);
  const wrong = (what: string, cause?: unknown) => new StepppsError("E_MEDIUM_IMAGE", `${name} ${what}`, { cause });
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw wrong("is no file");
  await compareChecksum(file, wrong);
  const isPacked = await beginsWith(file, Buffer.from("fd377a585a00", "hex")); // [The .xz File Format, 2.1.1.1]
  const content = isPacked ? () => unpacked(file, tools, wrong) : () => createReadStream(file, { highWaterMark: 1 << 20 });
  const size = isPacked ? await unpackedSize(file, tools, wrong) : (await stat(file)).size;
  for await (const piece of content()) {
    // Both forms of reading give more than two sectors at once, unless that is all there is.
    const mark = Buffer.from(piece).toString("latin1", SECTOR, SECTOR + 8);
    if (mark !== "EFI PART" || size % SECTOR !== 0) throw wrong("has no partition table"); // [UEFI 2.10, 5.3.2]
    return { name, size, content };
  }
  throw wrong("is empty");
}

type Wrong = (what: string, cause?: unknown) => StepppsError;

async function beginsWith(file: string, mark: Buffer): Promise<boolean> {
  await using handle = await open(file, "r");
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(mark.length), 0, mark.length, 0);
  return bytesRead === mark.length && buffer.equals(mark);
}

/** As sha256sum writes it: digits, two spaces, name. */
async function compareChecksum(file: string, wrong: Wrong): Promise<void> {
  if (!existsSync(`${file}.sha256`)) return;
  const [wanted] = (await readFile(`${file}.sha256`, "utf8")).split(/\s/);
  if (wanted !== (await fileHash(file))) throw wrong("is not what its .sha256 says");
}

async function unpackedSize(file: string, tools: Toolset, wrong: Wrong): Promise<number> {
  const said = await tools.run("xz", ["--robot", "--list", file]).catch((cause) => {
    throw wrong("can't be unpacked", cause);
  });
  // xz(1): totals, streams, blocks, compressed size, uncompressed size, …
  const size = Number(/^totals\t\d+\t\d+\t\d+\t(\d+)/m.exec(said)?.[1]);
  if (!Number.isSafeInteger(size)) throw wrong("can't be unpacked");
  return size;
}

async function* unpacked(file: string, tools: Toolset, wrong: Wrong): AsyncGenerator<Uint8Array> {
  const [command, ...first] = tools.command("xz");
  const child = spawn(command, [...first, "--decompress", "--stdout", file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-1000);
  });
  const closed = once(child, "close");
  closed.catch(() => {}); // whoever still reads is told below
  try {
    yield* child.stdout;
    const [code] = await closed;
    if (code !== 0) throw wrong(`can't be unpacked: ${said.trim()}`);
  } finally {
    child.kill();
  }
}
