import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StepppsError } from "../../../contract/errors/index.ts";
import type { Invocation } from "../../command.ts";

const TEMPLATE = fileURLToPath(new URL("../../../../assembly/template", import.meta.url));
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Copies the template. In its files `my-rule` and `MyRule` stand for the plugin's name, `STEPPPS` for this checkout. */
export function run({ args: [path = ""], cwd, out }: Invocation) {
  const folder = resolve(cwd, path);
  const name = path.split(/[\\/]/).at(-1) ?? "";
  if (!NAME.test(name)) throw new StepppsError("E_CLI_OPTION", `${JSON.stringify(name)} is not a plugin's name: a-z, 0-9 and -`);
  if (existsSync(folder)) throw new StepppsError("E_CLI_EXISTS", folder);
  cpSync(TEMPLATE, folder, { recursive: true });
  const checkout = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[\\/]$/, "");
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    writeFileSync(
      join(folder, file),
      text.replaceAll("my-rule", name).replaceAll("MyRule", className(name)).replaceAll("STEPPPS", checkout),
    );
  }
  out.result({ name, folder }, () => `${folder}\nNext: npx steppps plugin test ${path} · npx steppps plugin dev ${path}`);
  return undefined;
}

/** my-rule → MyRule */
function className(name: string): string {
  return name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}
