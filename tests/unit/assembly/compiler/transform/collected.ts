import { parseOwn } from "../../../../../assembly/compiler/parse.ts";
import { collectWorkflow } from "../../../../../assembly/compiler/transform/collect.ts";
import { manifestOf } from "../../../../../assembly/compiler/transform/manifest.ts";
import { Problems } from "../../../../../assembly/compiler/transform/problems.ts";
import type { Manifest } from "../../../../../runtime/contract/index.ts";

/** What a plugin's files state: the manifest, and what is wrong, as "line: message | hint". */
export async function collected(
  files: string | Readonly<Record<string, string>>,
): Promise<{ manifest?: Manifest; said: string[] }> {
  const texts: Readonly<Record<string, string>> = typeof files === "string" ? { "plugin.ts": files } : files;
  const problems = new Problems();
  const sources = await parseOwn("plugin.ts", async (path) => texts[path], problems);
  const workflow = sources && collectWorkflow(sources, problems);
  const said = problems.list.map((one) => `${one.line}: ${one.message} | ${one.hint ?? ""}`);
  return workflow && !problems.failed ? { manifest: manifestOf(workflow), said } : { said };
}

/** A plugin with `body` for members, the first of which is on line 3. */
export function plugin(body: string, header = '{ version: "1.0.0" }'): string {
  return `import { on } from "steppps";\n@workflow(${header}) class Probe {\n${body}\n}`;
}
