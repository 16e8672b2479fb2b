import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../architecture/sources.ts";
import { cliPage } from "../support/cli-page.ts";

test("docs/cli.md says what the table of commands says ('npm run docs' writes it)", () => {
  expect(readFileSync(join(ROOT, "docs/cli.md"), "utf8")).toBe(cliPage());
});
