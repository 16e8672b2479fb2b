import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { asStepppsError, DeviceDocument, parse, StepppsError } from "../contract/index.ts";
import { parsePublicKey } from "../trust/index.ts";

/** The document that `text` holds; throws E_DOCUMENT naming the line. An empty file is a valid document. */
export function readDocument(text: string): DeviceDocument {
  if (text.length > 1_000_000) throw new StepppsError("E_DOCUMENT", "more than 1 MB");
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = yaml.errors;
  if (error) throw new StepppsError("E_DOCUMENT", `line ${error.linePos?.[0].line ?? "?"}: ${error.message.split("\n")[0]}`);
  try {
    return check(parse(DeviceDocument, yaml.toJS({ maxAliasCount: 10 }) ?? {}, "E_DOCUMENT"));
  } catch (cause) {
    const { detail, message } = asStepppsError(cause, "E_DOCUMENT");
    const offset = offsetOf(yaml, detail);
    const where = offset === undefined ? "" : `line ${lines.linePos(offset).line}: `;
    throw new StepppsError("E_DOCUMENT", where + (detail || message), { cause });
  }
}

/** What a schema can't say. */
function check(document: DeviceDocument): DeviceDocument {
  const { timezone, owners = [], mqtt } = document;
  // The address may hold a password, so it is not shown.
  if (mqtt?.broker !== undefined && !URL.parse(mqtt.broker)?.hostname)
    throw new StepppsError("E_DOCUMENT", "/mqtt/broker must be mqtt://host or mqtts://host");
  if (timezone !== undefined && !isTimezone(timezone))
    throw new StepppsError("E_DOCUMENT", `/timezone ${timezone} is not known; write it as Europe/Berlin`);
  for (const [index, owner] of owners.entries()) {
    try {
      parsePublicKey(owner);
    } catch (cause) {
      throw new StepppsError("E_DOCUMENT", `/owners/${index} ${asStepppsError(cause, "E_DOCUMENT").message}`, { cause });
    }
  }
  return document;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Where "/plugins/x/config must be …" stands: its key, or the nearest above it that is there. */
function offsetOf(yaml: Document, detail: string): number | undefined {
  const path = (detail.split(" ")[0] ?? "").split("/").filter((key) => key !== "");
  for (; path.length > 0; path.pop()) {
    const above = path.length > 1 ? yaml.getIn(path.slice(0, -1), true) : yaml.contents;
    const key = isMap(above) ? above.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))?.key : undefined;
    for (const node of [key, yaml.getIn(path, true)]) if (isNode(node) && node.range) return node.range[0];
  }
  return yaml.contents?.range?.[0];
}
