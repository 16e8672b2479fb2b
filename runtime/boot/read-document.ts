import { LineCounter, parseDocument } from "yaml";
import { DeviceDocument, parse, StepppsError } from "../contract/index.ts";

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
