import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { asStepppsError } from "../../contract/index.ts";
import { scrub } from "./redact.ts";

export interface BundleOptions {
  readonly file: string;
  /** Texts that are taken out wherever they are. */
  readonly secrets: readonly string[];
  /** By name: text as it is, anything else as JSON, a list as a line for each item. */
  readonly parts: Readonly<Record<string, unknown>>;
}

/** Writes the bundle, a .tar.gz that one can look into before it is sent; returns the names in it. Throws what the disk says. */
export async function writeBundle({ file, secrets, parts }: BundleOptions): Promise<string[]> {
  const { packTar } = await import("modern-tar/fs");
  const entries = Object.entries(parts).filter(([, part]) => part !== undefined);
  const tar = packTar(
    entries.map(([target, part]) => ({ type: "content" as const, target, content: scrub(textOf(part), secrets), mode: 0o600 })),
  );
  const beside = `${file}.new`;
  try {
    await pipeline(tar, createGzip(), createWriteStream(beside, { mode: 0o600 }));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw asStepppsError(error, (error as NodeJS.ErrnoException).code === "ENOSPC" ? "E_DISK_FULL" : "E_FILE");
  }
  return entries.map(([name]) => name);
}

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (Array.isArray(part)) return part.map((item) => `${JSON.stringify(item)}\n`).join("");
  return `${JSON.stringify(part, null, 2)}\n`;
}
