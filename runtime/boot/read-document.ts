import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type Scalar, visit } from "yaml";
import {
  asStepppsError,
  DeviceDocument,
  type InferenceStep,
  isReservedTopic,
  parse,
  parseTopic,
  parseTopicFilter,
  StepppsError,
  topicMatches,
  wifiFault,
} from "../contract/index.ts";
import { parsePublicKey } from "../trust/index.ts";

/** The document that `text` holds; throws E_DOCUMENT naming the line. An empty file is a valid document. */
export function readDocument(text: string): DeviceDocument {
  const lines = new LineCounter();
  // The parser's own search for keys that are there twice compares each with all others
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const [error] = yaml.errors;
  const twice = error ? undefined : repeatedKey(yaml);
  if (twice)
    throw new StepppsError("E_DOCUMENT", `line ${lines.linePos(twice.range?.[0] ?? 0).line}: ${twice.value} is there twice`);
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

function repeatedKey(yaml: Document): Scalar | undefined {
  let found: Scalar | undefined;
  visit(yaml, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        if (isScalar(key) && names.has(key.value)) found = key;
        if (isScalar(key)) names.add(key.value);
        if (found) return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

/** What a schema can't say. */
function check(document: DeviceDocument): DeviceDocument {
  const { timezone, owners = [], mqtt, network, inference } = document;
  // The address may hold a password, so it is not shown.
  if (mqtt?.broker !== undefined && !URL.parse(mqtt.broker)?.hostname)
    throw new StepppsError("E_DOCUMENT", "/mqtt/broker must be mqtt://host or mqtts://host");
  if (timezone !== undefined && !isTimezone(timezone))
    throw new StepppsError("E_DOCUMENT", `/timezone ${timezone} is not known; write it as Europe/Berlin`);
  for (const [ssid, settings] of Object.entries(network?.wifi?.networks ?? {})) {
    const fault = wifiFault(ssid, settings);
    if (fault !== undefined) throw new StepppsError("E_DOCUMENT", `/network/wifi/networks/${ssid} ${fault}`);
  }
  for (const [index, step] of (inference ?? []).entries()) {
    const fault = stepFault(step);
    if (fault !== undefined) throw new StepppsError("E_DOCUMENT", `/inference/${index} ${fault}`);
  }
  for (const [index, owner] of owners.entries()) {
    try {
      parsePublicKey(owner);
    } catch (cause) {
      throw new StepppsError("E_DOCUMENT", `/owners/${index} ${asStepppsError(cause, "E_DOCUMENT").message}`, { cause });
    }
  }
  return document;
}

/** What is wrong with an inference step; undefined where nothing is. */
function stepFault({ from, to }: InferenceStep): string | undefined {
  const target = to.replace(/\{\d\}/g, "x");
  try {
    parseTopicFilter(from);
    parseTopic(target);
  } catch (error) {
    return asStepppsError(error, "E_TOPIC").message;
  }
  if (isReservedTopic(from) || isReservedTopic(target)) return "steppps/ and $ belong to the device";
  return topicMatches(from, target) ? "goes round: `from` takes what goes to `to`" : undefined;
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
