import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findUnsupported, UNSUPPORTED } from "../../../../assembly/compiler/unsupported.ts";

const EXAMPLES = fileURLToPath(new URL("../../../../assembly/examples/", import.meta.url));

/** What each row is for, as an author would write it, and where the caret goes. */
const SAMPLES: Readonly<Record<string, readonly [source: string, caret: string]>> = {
  "optional chaining (?.)": ["const t = reading?.value;", "?."],
  "??": ["const t = a ?? 1;", "??"],
  "for..of": ["for (const x of list) log.info(x);", "for (const x of"],
  "for..in": ["for (const key in map) log.info(key);", "for (const key in"],
  try: ["try { go(); } catch (e) {}", "try {"],
  async: ["async go(): void {}", "async"],
  await: ["const x = await later();", "await"],
  Promise: ["const p = new Promise();", "Promise"],
  setTimeout: ["setTimeout(off, 5000);", "setTimeout("],
  setInterval: ["setInterval(off, 5000);", "setInterval("],
  clearTimeout: ["clearTimeout(id);", "clearTimeout("],
  destructuring: ["const { a, b } = pair;", "const {"],
  "spread (...)": ["f(...list);", "..."],
  console: ['console.log("x");', "console.log"],
  "the machine's clock": ["const t = Date.now();", "Date.now"],
  "Math.random": ["const r = Math.random();", "Math.random"],
  "JSON.parse": ["const o = JSON.parse(text);", "JSON.parse"],
  "JSON.stringify": ["const s = JSON.stringify(o);", "JSON.stringify"],
  fetch: ['const r = fetch("http://x");', "fetch("],
  require: ['const fs = require("fs");', "require("],
  process: ["const home = process.env.HOME;", "process.env"],
  "typeof as a test": ['if (typeof x === "string") go();', "typeof x ==="],
  any: ["let x: any = 1;", "any"],
  "a union type": ["let x: string | f64 = 1;", "string | f64"],
  "# fields": ["#count: i32 = 0;", "#count"],
  "a regular expression": ["if (/^a+$/.test(x)) go();", "/^a+$/"],
};

test("every row has a sample", () => {
  expect(Object.keys(SAMPLES)).toEqual(UNSUPPORTED.map((row) => row.construct));
});

test.each(Object.entries(SAMPLES))("%s is found where it is, and the hint says what to write", (construct, [source, caret]) => {
  const text = `class A {\n  ${source}\n}`;
  const found = findUnsupported("plugin.ts", text).find((one) => one.message === `plugins have no ${construct}`);
  expect(found).toMatchObject({ severity: "error", file: "plugin.ts", line: 2, source: `  ${source}` });
  expect(found?.source.slice((found?.column ?? 0) - 1).slice(0, found?.length)).toBe(caret);
  expect(found?.hint?.length).toBeGreaterThan(3);
});

describe("what is fine is left alone", () => {
  test.each([
    "// try { await fetch(x?.y ?? 1) } of number",
    "/* for (const x of y) console.log(x) */",
    'const s = "for (const x of y) { try { } } a?.b ?? c /x/";',
    "const s = 'it''s ?.';",
    "const t = `a ?? ${b} ?. ${`try {`} JSON.parse`;",
    "const x = a ? .5 : 1;",
    "const y = a ? b : c;",
    "let of = 1; let async: i32 = 2; async = 3; f(async);",
    "for (let i = 0; i < offset; i++) sum += of;",
    "const half = total / count / 2;",
    "const n: Window | null = null;",
    "const v = <f64>number(1);",
    "class Process { processor: i32 = 1; fetched: bool = false; requires(): void {} }",
    "numbers: f64[] = []; any_of(): bool { return true; } object(): void {}",
    "const c = '#000'; // colour",
    "const flags = retain ? QOS1 : QOS0 | RETAIN; f(a ? b : c | d);",
    "this.process.start(); this.fetch(1); this.console.line(); this.require(2);",
    "let n: number = 1; let b: boolean = a ? b : number; set(key, number);",
  ])("%s", (source) => {
    expect(findUnsupported("plugin.ts", source)).toEqual([]);
  });

  test.each(readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory()))(
    "example $name",
    ({ name }) => {
      expect(findUnsupported("plugin.ts", readFileSync(join(EXAMPLES, name, "plugin.ts"), "utf8"))).toEqual([]);
    },
  );
});

test("code inside a template's hole is looked at", () => {
  expect(findUnsupported("plugin.ts", "const t = `a ${b?.c} d`;")).toHaveLength(1);
});
