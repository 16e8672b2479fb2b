import { signersOf, withoutKey } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { type FolderOptions, signing } from "../../trust/options.ts";
import { namedKey } from "../../trust/people.ts";
import { describeWritten, signNext, stamp } from "../../trust/publish.ts";
import { writeRoot } from "../../trust/root.ts";

/** Takes a key, or the id of one, out of every role and every rule. */
export function run(invocation: Invocation<FolderOptions>) {
  const { args, out } = invocation;
  const by = signing(invocation);
  const { folder } = by;
  const [given = ""] = args;
  const id = /^[0-9a-f]{64}$/.test(given) ? given : namedKey(given, invocation).id;
  const signers = signersOf(folder.root());
  const named = Object.values(signers).some(({ keys }) => keys.some((key) => key.id === id));
  const written = named ? [writeRoot(withoutKey(signers, id), by)] : [];
  const policy = folder.file("policy")?.meta;
  if (policy?.rules.some(({ keys }) => keys.includes(id))) {
    const rules = policy.rules.map((rule) => ({ ...rule, keys: rule.keys.filter((key) => key !== id) }));
    written.push(signNext("policy", { keys: policy.keys, rules: rules.filter(({ keys }) => keys.length > 0) }, by));
  }
  if (written.length > 0) written.push(...stamp(by));
  out.note("Devices follow with 'steppps trust update'; plugins that the key signed go on and are named there.");
  out.result(written, () => (written.length === 0 ? `${id} is named nowhere` : describeWritten(written)));
  return undefined;
}
