import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { DeviceDocument, parse, StepppsError } from "../contract/index.ts";
import type { DataDirectory } from "./data-paths.ts";

export interface LoadedDocument {
  readonly document: DeviceDocument;
  /** Why the file was not taken and the last good one is in force; undefined when all is well. */
  readonly fault?: StepppsError;
}

const FIRST = `# What this device is and does. Save the file and start the supervisor again.
# Every line may be left out.
name: edge
# timezone: Europe/Berlin        # for plugins that run at certain times; UTC where absent
# mqtt:
#   port: 1883
#   broker: mqtt://192.168.1.10  # use this broker in place of the one built in
# web:
#   port: 8080
# plugins:
#   motion-light:
#     config:
#       sensor: hall_motion
`;

/** The last good document, and which text it came from. */
interface LastGood {
  readonly sha256: string;
  readonly document: DeviceDocument;
}

/**
 * Reads `steppps.yaml`. A bad file never stops a device: the last good one is used, and the fault says which line is wrong.
 * A file that has not changed since it was found good is not parsed again, nor is the parser loaded.
 */
export async function loadDocument(data: DataDirectory): Promise<LoadedDocument> {
  const text = (await readFile(data.document, "utf8").catch(() => undefined)) ?? (await writeFirst(data));
  const sha256 = createHash("sha256").update(text).digest("hex");
  const good = await readLastGood(data);
  if (good?.sha256 === sha256) return { document: good.document };
  const { readDocument } = await import("./read-document.ts");
  try {
    const document = readDocument(text);
    await writeFile(`${data.lastGood}.new`, JSON.stringify({ sha256, document } satisfies LastGood), { mode: 0o600 });
    await rename(`${data.lastGood}.new`, data.lastGood);
    return { document };
  } catch (error) {
    if (!(error instanceof StepppsError)) throw error;
    return { document: good?.document ?? {}, fault: error };
  }
}

async function writeFirst(data: DataDirectory): Promise<string> {
  await writeFile(data.document, FIRST);
  return FIRST;
}

async function readLastGood(data: DataDirectory): Promise<LastGood | undefined> {
  try {
    const { sha256, document } = JSON.parse(await readFile(data.lastGood, "utf8"));
    return { sha256, document: parse(DeviceDocument, document) };
  } catch {
    return undefined;
  }
}
