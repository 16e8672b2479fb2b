import { findProject } from "../../author/project.ts";
import { buildAndSign, writeResult } from "../../author/sign.ts";
import { SIGNED_SUFFIX } from "../../author/signed-suffix.ts";
import type { Invocation } from "../../command.ts";
import { formatBytes } from "../../format.ts";

export async function run(invocation: Invocation<{ out?: string; key: string }>) {
  const { args, options, cwd, out } = invocation;
  const project = findProject(args[0], cwd, options.out);
  const { manifest, envelope, warnings } = await buildAndSign(invocation, project.entry, options.key);
  for (const warning of warnings) out.note(warning);
  const file = writeResult(project.out, `${manifest.name}-${manifest.version}${SIGNED_SUFFIX}`, envelope);
  out.result({ manifest, file, bytes: envelope.length }, () => `${file} · ${formatBytes(envelope.length)}`);
  return undefined;
}
