import { expect, test } from "vitest";
import { readLayers, readSources } from "./sources.ts";

const sources = readSources(readLayers());
const shipped = sources.filter(({ path }) => !path.startsWith("tests/"));

/** Files beyond 300 lines, each with the reason why it is still one noun. */
const LONG: Readonly<Record<string, string>> = {};

test("no file keeps state of its own: no let or var outside a function", () => {
  const stateful = shipped.filter(({ text }) => /^(?:export\s+)?(?:let|var)\s/m.test(text)).map(({ path }) => path);
  expect(stateful).toEqual([]);
});

test("files stay under 300 lines, but for those listed here", () => {
  const long = sources.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path);
  expect(long).toEqual(Object.keys(LONG).sort());
});

test("no test is skipped, focused or left for later", () => {
  const marks = /\b(?:test|describe|it)\.(?:skip|only|todo)\b/;
  const marked = sources.filter(({ path, text }) => path.endsWith(".test.ts") && marks.test(text)).map(({ path }) => path);
  expect(marked).toEqual([]);
});
