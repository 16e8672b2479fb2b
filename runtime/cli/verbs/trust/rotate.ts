import { signersOf } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { type FolderOptions, signing, thresholdOf } from "../../trust/options.ts";
import { describeWritten } from "../../trust/publish.ts";
import { type RoleOptions, withRoles, writeRoot } from "../../trust/root.ts";

export function run(invocation: Invocation<FolderOptions & RoleOptions & { threshold?: string }>) {
  const { options, out } = invocation;
  const by = signing(invocation);
  const signers = withRoles(signersOf(by.folder.root()), options, thresholdOf(options.threshold), invocation);
  const written = [writeRoot(signers, by)];
  out.note("Roles with other keys now are signed anew with 'steppps trust sign'; devices follow with 'steppps trust update'.");
  out.result(written, () => describeWritten(written));
  return undefined;
}
