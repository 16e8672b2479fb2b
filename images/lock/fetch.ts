import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileHash } from "../steps/file-hash.ts";
import { run } from "../steps/run.ts";
import { debianMirror } from "./debian-mirror.ts";
import type { LockedDeb } from "./schema.ts";

/** apt's own downloader, which knows the machine's proxies and keys. */
const APT_HELPER = "/usr/lib/apt/apt-helper";
/** Keeps every version that Debian ever had; mirrors keep the newest only. */
const SNAPSHOT = "https://snapshot.debian.org/archive/debian";

/** The package's file, downloaded and checked the first time; kept below `inputs` by its SHA-256. */
export async function fetchDeb(deb: LockedDeb, time: number, inputs: string): Promise<string> {
  const file = join(inputs, deb.sha256);
  if (existsSync(file)) return file;
  await mkdir(inputs, { recursive: true });
  const work = await mkdtemp(join(inputs, "fetching-"));
  try {
    const part = join(work, "part");
    await firstOf([`${debianMirror()}/${deb.path}`, `${SNAPSHOT}/${stamp(time)}/${deb.path}`], part);
    const sha256 = await fileHash(part);
    if (sha256 !== deb.sha256) throw new Error(`${deb.path} has the SHA-256 ${sha256}, but the lock says ${deb.sha256}`);
    await rename(part, file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
}

async function firstOf(urls: readonly string[], file: string): Promise<void> {
  const failures: string[] = [];
  for (const url of urls)
    try {
      return await download(url, file);
    } catch (error) {
      failures.push(`${url}: ${(error as Error).message}`);
    }
  throw new Error(`could not be fetched:\n${failures.join("\n")}`);
}

async function download(url: string, file: string): Promise<void> {
  if (existsSync(APT_HELPER)) {
    await run(APT_HELPER, ["download-file", url.replaceAll("+", "%2b"), file]);
    return;
  }
  const answer = await fetch(url, { signal: AbortSignal.timeout(600_000) });
  if (!answer.ok || !answer.body) throw new Error(`the server answers ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
}

/** "20260131T120000Z", as snapshot.debian.org names times. */
function stamp(time: number): string {
  return new Date(time * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
}
