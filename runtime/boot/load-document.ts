import { copyFile, readFile, writeFile } from "node:fs/promises";
import { LineCounter, parseDocument } from "yaml";
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

/** Reads `steppps.yaml`. A bad file never stops a device: the last good one is used, and the fault says which line is wrong. */
export async function loadDocument(data: DataDirectory): Promise<LoadedDocument> {
  const text = await readFile(data.document, "utf8").catch(() => undefined);
  if (text === undefined) {
    await writeFile(data.document, FIRST);
    return { document: readDocument(FIRST) };
  }
  try {
    const document = readDocument(text);
    await copyFile(data.document, data.lastGood);
    return { document };
  } catch (error) {
    if (!(error instanceof StepppsError)) throw error;
    const good = await readFile(data.lastGood, "utf8").catch(() => "");
    return { document: readDocument(good), fault: error };
  }
}

/** The document that `text` holds; throws E_DOCUMENT naming the line. An empty file is a valid document. */
export function readDocument(text: string): DeviceDocument {
  if (text.length > 1_000_000) throw new StepppsError("E_DOCUMENT", "more than 1 MB");
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = yaml.errors;
  if (error) throw new StepppsError("E_DOCUMENT", `line ${error.linePos?.[0].line ?? "?"}: ${error.message.split("\n")[0]}`);
  const value: unknown = yaml.toJS({ maxAliasCount: 10 }) ?? {};
  try {
    return parse(DeviceDocument, value, "E_DOCUMENT");
  } catch (fault) {
    if (!(fault instanceof StepppsError)) throw fault;
    // "/plugins/x/config must be …" → the line where that path stands
    const path = (fault.detail.split(" ")[0] ?? "").split("/").slice(1);
    const node = path.length > 0 && path[0] !== "" ? yaml.getIn(path, true) : undefined;
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    const where = range ? `line ${lines.linePos(range[0]).line}: ` : "";
    throw new StepppsError("E_DOCUMENT", where + fault.detail, { cause: fault });
  }
}
