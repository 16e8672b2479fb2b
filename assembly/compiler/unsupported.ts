import { type Diagnostic, diagnosticAt } from "./diagnostic.ts";
import { maskSource } from "./mask.ts";

/** Something of JavaScript that plugins do not have, how it looks, and what to write instead. */
interface Unsupported {
  readonly construct: string;
  /** Matched against code without comments and strings. */
  readonly pattern: RegExp;
  readonly instead: string;
}

/** AssemblyScript has no closures, exceptions or async; a plugin has no clock, network or files but those of its host. */
export const UNSUPPORTED: readonly Unsupported[] = [
  {
    construct: "optional chaining (?.)",
    pattern: /\?\.(?!\d)/g,
    instead: "check first: if (x !== null) { … }. Lookups in json() need no check: what is missing gives the fallback",
  },
  {
    construct: "??",
    pattern: /\?\?=?/g,
    instead: 'write x !== null ? x : fallback, or give the lookup a fallback: json().f64("t", 20)',
  },
  {
    construct: "for..of",
    pattern: /\bfor\s*\(\s*(?:const|let|var)\s+[^;)]*?\bof\b/g,
    instead: "count: for (let i = 0; i < list.length; i++) { const x = list[i]; … }",
  },
  {
    construct: "for..in",
    pattern: /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/g,
    instead: "keep what has keys in a StateMap, and count over map.keys()",
  },
  {
    construct: "try",
    pattern: /\btry\s*\{/g,
    instead:
      'check before you act; a message that cannot be handled is reject("why"), and a plugin that stops is restarted from its last state',
  },
  {
    construct: "async",
    pattern: /\basync\b(?!\s*[:;=,)])/g,
    instead: "drop it: a handler runs to its end. What comes later is a @timer handler or a message",
  },
  {
    construct: "await",
    pattern: /\bawait\b(?!\s*[:;=,)])/g,
    instead: 'end the handler here, startTimer("next", "5s") and go on in @timer("next")',
  },
  { construct: "Promise", pattern: /\bPromise\b/g, instead: "what comes later is a @timer handler or a message" },
  {
    construct: "setTimeout",
    pattern: /(?<![.\w])setTimeout\s*\(/g,
    instead: 'startTimer("name", "5s") and a method with @timer("name"): it survives a restart',
  },
  { construct: "setInterval", pattern: /(?<![.\w])setInterval\s*\(/g, instead: 'a method with @every("5s")' },
  { construct: "clearTimeout", pattern: /(?<![.\w])clear(?:Timeout|Interval)\s*\(/g, instead: 'cancelTimer("name")' },
  { construct: "destructuring", pattern: /\b(?:const|let|var)\s*[{[]/g, instead: "name each one: const a = pair.a" },
  {
    construct: "spread (...)",
    pattern: /\.\.\.(?=\s*[\w[{(])/g,
    instead: "for arrays a.concat(b) or a loop with push(); for objects set each field",
  },
  { construct: "console", pattern: /(?<![.\w])console\s*\.\s*\w+/g, instead: 'log.info("…"), log.warn or log.error' },
  {
    construct: "the machine's clock",
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bperformance\s*\./g,
    instead: "now(): when the input arrived, in ms, the same when it is replayed",
  },
  {
    construct: "Math.random",
    pattern: /\bMath\s*\.\s*random\b/g,
    instead: "random(): the same numbers when the input is replayed",
  },
  {
    construct: "JSON.parse",
    pattern: /\bJSON\s*\.\s*parse\b/g,
    instead: 'message.json().f64("temperature"), .string, .bool, .at("a.b")',
  },
  {
    construct: "JSON.stringify",
    pattern: /\bJSON\s*\.\s*stringify\b/g,
    instead: 'new JsonWriter().set("value", 1), or message.jsonSet("key", value) for a copy with one field changed',
  },
  {
    construct: "fetch",
    pattern: /(?<![.\w])(?:fetch\s*\(|XMLHttpRequest\b|WebSocket\b)/g,
    instead: "a plugin has no network of its own: subscribe with @on and publish()",
  },
  { construct: "require", pattern: /(?<![.\w])require\s*\(/g, instead: 'import { … } from "steppps" or from a file of yours' },
  { construct: "process", pattern: /(?<![.\w])process\s*\.\s*\w+/g, instead: "settings come as @config fields" },
  {
    construct: "typeof as a test",
    pattern: /\btypeof\s+[\w.]+\s*[!=]==?/g,
    instead: 'types are fixed when it compiles; for JSON ask json().get("x").isNumber',
  },
  {
    construct: "any",
    pattern: /:\s*(?:any|unknown|object|never)\b(?!\s*\()/g,
    instead: "give the type: f64, i32, bool, string or a class",
  },
  {
    construct: "a union type",
    pattern:
      /:\s*(?:(?:string|bool|boolean|number|[iuf]\d\d?)\s*\|\s*(?!null\b)["'\w]+|["'\w]+\s*\|\s*(?:string|bool|boolean|number|undefined|[iuf]\d\d?)\b)/g,
    instead: "one type; X | null for a class that may be missing",
  },
  { construct: "# fields", pattern: /#[A-Za-z_]\w*/g, instead: "private x" },
  {
    construct: "a regular expression",
    pattern: /(?=\/)(?<=[(=,:[!&|?{};]\s*|\breturn\s+)\/(?![/*\s])(?:\\.|[^/\\\n])+\/[gimsuy]*/g,
    instead: "indexOf(), startsWith(), split() and substring()",
  },
];

/** What in `text` plugins do not have, in order; each line is named once for each construct. */
export function findUnsupported(file: string, text: string): Diagnostic[] {
  const masked = maskSource(text);
  const found: { at: number; diagnostic: Diagnostic }[] = [];
  for (const { construct, pattern, instead } of UNSUPPORTED) {
    for (const match of masked.matchAll(pattern)) {
      const start = match.index + (match[0].length - match[0].replace(/^[:<,|\s]+/, "").length);
      const span = { start, end: match.index + match[0].length };
      found.push({
        at: start,
        diagnostic: diagnosticAt(file, text, span, { message: `plugins have no ${construct}`, hint: instead }),
      });
    }
  }
  return found.toSorted((a, b) => a.at - b.at).map((one) => one.diagnostic);
}
