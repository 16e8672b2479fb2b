import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { compareVersions } from "../../../contract/index.ts";
import { addSignature, type Role, roleOf, sha256, signersOf, type Targets } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { type Artefact, readArtefact } from "../../trust/artefact.ts";
import { type FolderOptions, signing } from "../../trust/options.ts";
import { describeWritten, here, missing, type Signing, signNext, stamp, type Written } from "../../trust/publish.ts";

/**
 * With plugins, bundles, layers and models: enters them into the targets. With metadata files that wait for more signatures: adds those
 * of the keys that are here. With nothing: signs the newest state again, for another while.
 */
export async function run(invocation: Invocation<FolderOptions>) {
  const { args, cwd, out } = invocation;
  const by = signing(invocation);
  const artefacts: Artefact[] = [];
  const written: Written[] = [];
  for (const file of args.map((each) => resolve(cwd, each))) {
    const artefact = await readArtefact(file);
    if (artefact) artefacts.push(artefact);
    else written.push(countersign(await readFile(file), by));
  }
  const waiting = written.some(({ role, missing: more }) => (role === "targets" || role === "policy") && more > 0);
  if (artefacts.length > 0 || args.length === 0) written.push(...renew(artefacts, by));
  const stamped = written.some(({ role }) => role === "targets" || role === "policy") || args.length === 0;
  if (stamped && !waiting) written.push(...stamp(by));
  out.result(written, () => describeWritten(written));
  return undefined;
}

/** Targets with the artefacts in them, and the policy for another while where nothing was asked for. */
function renew(artefacts: readonly Artefact[], by: Signing): Written[] {
  const { folder } = by;
  const { roles } = folder.root().meta;
  const written: Written[] = [];
  if (roles.targets) {
    const components = { ...folder.file("targets")?.meta.components };
    for (const artefact of artefacts) enter(components, artefact);
    written.push(signNext("targets", { components }, by));
  }
  const policy = folder.file("policy")?.meta;
  if (artefacts.length === 0 && roles.policy && policy) {
    written.push(signNext("policy", { keys: policy.keys, rules: policy.rules }, by));
  }
  return written;
}

function enter(components: Targets["components"], { target, version, envelope }: Artefact): void {
  const before = components[target];
  if (before && compareVersions(version, before.version) < 0) return;
  components[target] = { version, sha256: sha256(envelope), length: envelope.length };
}

function countersign(bytes: Uint8Array, { folder, place }: Signing): Written {
  const role: Role = roleOf(bytes);
  const roots = folder.roots();
  // A new root is signed by its own keys and those of the one before it.
  const needed = (role === "root" ? roots.slice(-2) : roots.slice(-1)).flatMap((root) => signersOf(root)[role] ?? []);
  const keys = here(role, { keys: needed.flatMap((each) => each.keys), threshold: 1 }, place);
  const signed = keys.reduce((envelope, key) => addSignature(envelope, key), bytes);
  const path = folder.write(role, signed);
  const version = role === "root" ? (roots.at(-1)?.meta.version ?? 0) : (folder.file(role)?.meta.version ?? 0);
  return { role, version, path, missing: Math.max(0, ...needed.map((each) => missing(signed, role, each))) };
}
