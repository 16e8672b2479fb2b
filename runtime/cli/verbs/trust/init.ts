import { StepppsError } from "../../../contract/errors/index.ts";
import { DEFAULT_KEY, listKeys, type RootSigners } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";
import { type FolderOptions, signing, thresholdOf } from "../../trust/options.ts";
import { keysHere, namedKeys } from "../../trust/people.ts";
import { describeWritten, signNext, stamp } from "../../trust/publish.ts";
import { type RoleOptions, withRoles, writeRoot } from "../../trust/root.ts";

export function run(invocation: Invocation<FolderOptions & RoleOptions & { owner?: string; root: string; threshold?: string }>) {
  const { options, out } = invocation;
  const by = signing(invocation);
  if (by.folder.roots().length > 0) throw new StepppsError("E_CLI_EXISTS", by.folder.dir);
  const signers: RootSigners = withRoles({}, options, thresholdOf(options.threshold), invocation);
  const names = options.owner ?? (listKeys(keysDir(invocation)).includes(DEFAULT_KEY) ? DEFAULT_KEY : "");
  const owners = keysHere(namedKeys(names, invocation), invocation);
  const root = writeRoot(signers, by, owners);
  // Whoever signs for targets and timestamp may sit elsewhere: they begin with 'steppps trust sign'.
  const signsHere = [signers.targets, signers.timestamp].every((role) => role && keysHere(role.keys, invocation).length > 0);
  const targets = signsHere ? [signNext("targets", { components: {} }, by)] : [];
  const written = [root, ...targets, ...(signsHere && !signers.policy ? stamp(by) : [])];
  if (signers.policy) out.note("The root names a policy: sign one with 'steppps trust policy' before the first update.");
  out.result(written, () => describeWritten(written));
  return undefined;
}
