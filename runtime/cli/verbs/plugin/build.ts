import { createCompiler } from "../../../../assembly/compiler/index.ts";
import { build } from "../../author/build.ts";
import { findProject } from "../../author/project.ts";
import { writeResult } from "../../author/sign.ts";
import type { Invocation } from "../../command.ts";
import { formatBytes } from "../../format.ts";

export async function run({ args: [path], options, cwd, out }: Invocation<{ out?: string }>) {
  const project = findProject(path, cwd, options.out);
  const { manifest, wasm, warnings, millis } = await build(await createCompiler(), project.entry);
  for (const warning of warnings) out.note(warning);
  const files = [
    writeResult(project.out, `${manifest.name}.wasm`, wasm),
    writeResult(project.out, `${manifest.name}.json`, `${JSON.stringify(manifest, null, 2)}\n`),
  ];
  out.result({ manifest, files, bytes: wasm.length, millis }, () =>
    [`${manifest.name} ${manifest.version} · ${formatBytes(wasm.length)} · ${Math.round(millis)} ms`, ...files].join("\n"),
  );
  return undefined;
}
