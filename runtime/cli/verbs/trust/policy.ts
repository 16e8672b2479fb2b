import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { StepppsError } from "../../../contract/errors/index.ts";
import { formatPublicKey, type Policy, type PublicKey } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { type FolderOptions, signing } from "../../trust/options.ts";
import { namedKey } from "../../trust/people.ts";
import { describeWritten, signNext, stamp } from "../../trust/publish.ts";

const MAX_BYTES = 1024 * 1024;

/** Signs a policy that is written in YAML: a list of rules, whose keys are names or files. */
export function run(invocation: Invocation<FolderOptions>) {
  const { args, cwd, out } = invocation;
  const by = signing(invocation);
  const file = resolve(cwd, args[0] ?? "");
  const keys = new Map<string, PublicKey>();
  const rules = readRules(file).map((rule) => {
    const named = list(rule.keys).map((name) => namedKey(name, invocation));
    for (const key of named) keys.set(key.id, key);
    return { ...rule, keys: named.map(({ id }) => id) } as Policy["rules"][number];
  });
  const written = [signNext("policy", { keys: [...keys.values()].map(formatPublicKey).sort(), rules }, by)];
  if (written[0]?.missing === 0) written.push(...stamp(by));
  out.result(written, () => describeWritten(written));
  return undefined;
}

function readRules(file: string): Record<string, unknown>[] {
  const bytes = readFileSync(file);
  if (bytes.length > MAX_BYTES) throw new StepppsError("E_TRUST_METADATA", `${file} has more than ${MAX_BYTES} bytes`);
  let value: unknown;
  try {
    value = parseYaml(bytes.toString("utf8"), { maxAliasCount: 0 });
  } catch (cause) {
    throw new StepppsError("E_TRUST_METADATA", cause instanceof Error ? cause.message : "", { cause });
  }
  const rules = list((value as { rules?: unknown } | null)?.rules);
  if (!rules.every((rule) => typeof rule === "object" && rule !== null)) throw new StepppsError("E_TRUST_METADATA", "rules");
  return rules as unknown as Record<string, unknown>[];
}

function list(value: unknown): string[] {
  if (Array.isArray(value)) return value;
  throw new StepppsError("E_TRUST_METADATA", "a policy is 'rules:' with a list, each rule with a list of 'keys:'");
}
