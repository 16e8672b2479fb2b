import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { asStepppsError, DeviceDocument, parse, StepppsError, text, utf8 } from "../contract/index.ts";
import type { Files } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import { FIRST_DOCUMENT } from "./first-document.ts";

export interface LoadedDocument {
  readonly document: DeviceDocument;
  /** Why the file was not taken and the last good one is in force; undefined when all is well. */
  readonly fault?: StepppsError;
}

/** The last good document, and which text it came from. */
interface LastGood {
  readonly sha256: string;
  readonly document: DeviceDocument;
}

/** What a small processor parses well within the time that a start has. */
const MAX_BYTES = 256 * 1024;

/**
 * Reads `steppps.yaml`. Nothing that is in it, or wrong with it, stops a device: the last good one is used, or an empty one where
 * there is none, and the fault says which line is wrong. A file that has not changed since it was found good is not parsed again,
 * nor is the parser loaded.
 */
export async function loadDocument(data: DataDirectory, files: Files): Promise<LoadedDocument> {
  const good = await readLastGood(data, files);
  try {
    const bytes = (await files.read(data.document, MAX_BYTES)) ?? (await writeFirst(data, files, good));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (good?.sha256 === sha256) return { document: good.document };
    const { readDocument } = await import("./read-document.ts");
    const document = readDocument(decode(bytes));
    // On a disk that is full or read-only it is read again next time.
    await files.write(data.lastGood, utf8(JSON.stringify({ sha256, document } satisfies LastGood))).catch(() => {});
    return { document };
  } catch (error) {
    return { document: good?.document ?? {}, fault: asStepppsError(error, "E_DOCUMENT") };
  }
}

async function writeFirst(data: DataDirectory, files: Files, good: LastGood | undefined): Promise<Uint8Array> {
  // A card whose partition can't be read has no document either: that is nobody's wish to begin anew.
  if (good && dirname(data.document) !== data.path) throw new StepppsError("E_DOCUMENT_ABSENT", data.document);
  const first = utf8(FIRST_DOCUMENT);
  await files.write(data.document, first).catch(() => {});
  return first;
}

async function readLastGood(data: DataDirectory, files: Files): Promise<LastGood | undefined> {
  try {
    const { sha256, document } = JSON.parse(text((await files.read(data.lastGood, 2 * MAX_BYTES)) ?? utf8("{}")));
    return { sha256, document: parse(DeviceDocument, document) };
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch (cause) {
    throw new StepppsError("E_DOCUMENT", "it is not UTF-8 text", { cause });
  }
}
