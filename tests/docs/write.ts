import { writeFileSync } from "node:fs";
import { errorsPage } from "../support/errors-page.ts";

// `npm run docs`: writes the pages that are made from code.
writeFileSync(new URL("../../docs/errors.md", import.meta.url), errorsPage());
