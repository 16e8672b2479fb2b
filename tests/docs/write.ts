import { writeFileSync } from "node:fs";
import { cliPage } from "../support/cli-page.ts";
import { errorsPage } from "../support/errors-page.ts";

// `npm run docs`: writes the pages that are made from code.
const PAGES = { "errors.md": errorsPage, "cli.md": cliPage };
for (const [name, page] of Object.entries(PAGES)) writeFileSync(new URL(`../../docs/${name}`, import.meta.url), page());
