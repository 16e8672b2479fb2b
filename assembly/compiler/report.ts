import type { Source } from "assemblyscript";
import type { AscMessage } from "./asc.ts";
import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";
import { hintFor } from "./hints.ts";
import { SDK_ROOT } from "./sdk.ts";
import type { Sources } from "./sources.ts";
import { callsTo } from "./transform/calls.ts";

/** What AssemblyScript said, in the author's terms and files; one for each place, and one with a hint before one without. */
export function report(messages: readonly AscMessage[], sources: Sources, parsed: readonly Source[]): Diagnostic[] {
  const byPlace = new Map<string, Diagnostic>();
  for (const message of messages) {
    const diagnostic = diagnosticOf(atTheCall(message, parsed), sources);
    const place = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
    const known = byPlace.get(place);
    if (!known || (!known.hint && diagnostic.hint)) byPlace.set(place, diagnostic);
  }
  return [...byPlace.values()];
}

function diagnosticOf({ severity, message, place }: AscMessage, sources: Sources): Diagnostic {
  const path = place?.path ?? "";
  const file = path.startsWith(SDK_ROOT) ? path.slice("~lib/".length) : sources.pathOf(path);
  const hint = hintFor(message);
  return diagnosticAt(file, sources.textOf(path) ?? "", place ?? { start: 0, end: 1 }, {
    severity,
    message: inPlain(message),
    hint,
  });
}

/** The SDK's functions say what they take with ERROR(); what is wrong is the call, which AssemblyScript does not name. */
function atTheCall(message: AscMessage, parsed: readonly Source[]): AscMessage {
  const said = /^User-defined: "(\w+)\(\) takes .*"$/.exec(message.message);
  const [call, ...others] = said?.[1] ? callsTo(parsed, said[1]) : [];
  if (!call) return message;
  const { source, start, end } = call.range;
  const which =
    others.length > 0 ? `; one of its ${others.length + 1} calls, of which this is the first, has something else` : "";
  return { ...message, message: inPlain(message.message) + which, place: { path: source.normalizedPath, start, end } };
}

/** Without AssemblyScript's paths: "~lib/steppps/message/Message" is Message to its author. */
function inPlain(message: string): string {
  return message
    .replace(/^User-defined: "(.*)"$/, "$1")
    .replaceAll("~lib/string/String", "string")
    .replace(/~lib\/(?:[\w-]+\/)+(\w)/g, "$1");
}
