import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ERROR_AREAS, errorRow, StepppsError } from "../../runtime/contract/index.ts";
import { ROOT, readLayers, readSources } from "../architecture/sources.ts";
import { errorsPage } from "../support/errors-page.ts";

const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
const documented = [...page.matchAll(/^### (E_\w+)$/gm)].map(([, code]) => code as string);
const catalogued = Object.values(ERROR_AREAS).flatMap((table) => Object.keys(table));

describe("docs/errors.md", () => {
  test("has every code of the catalogue", () => {
    expect(catalogued.filter((code) => !documented.includes(code))).toEqual([]);
  });

  test("has no code that the catalogue has not", () => {
    expect(documented.filter((code) => !catalogued.includes(code))).toEqual([]);
  });

  test("says what the catalogue says ('npm run docs' writes it)", () => {
    expect(page).toBe(errorsPage());
  });
});

describe("the catalogue", () => {
  test("has each code once", () => {
    expect(catalogued.filter((code, i) => catalogued.indexOf(code) !== i)).toEqual([]);
  });

  test("has only codes that something throws", () => {
    const sources = readSources(readLayers()).filter(
      ({ path }) => !path.startsWith("tests/") && !path.includes("/contract/errors/"),
    );
    const unused = catalogued.filter((code) => !sources.some(({ text }) => text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });

  test("has three clauses for each code, without a full stop of their own", () => {
    const clause = /^\S.{9,}[^.\s]$/;
    const odd = catalogued.filter((code) => {
      const { what = "", why = "", fix = "" } = errorRow(code) ?? {};
      return ![what, why, fix].every((part) => clause.test(part));
    });
    expect(odd).toEqual([]);
  });

  test("an error tells code, what and detail, and as JSON all five parts", () => {
    const error = new StepppsError("E_TOPIC", '"a/+"');
    expect(error.message).toBe('E_TOPIC: A topic name is not valid: "a/+"');
    expect(Object.keys(error.toJSON())).toEqual(["code", "what", "detail", "why", "fix"]);
  });
});
