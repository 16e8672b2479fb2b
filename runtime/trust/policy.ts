import { type Ask, filterCovers, type Limits, type Manifest, type RpcMethod, StepppsError } from "../contract/index.ts";
import type { KeyId } from "./key.ts";
import type { Policy, PolicyRule } from "./metadata/schema.ts";

/** What a plugin listens to and publishes to on this device, its settings filled in. */
export interface PluginFilters {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Rules that apply to one signer and one device. */
export type Rules = readonly PolicyRule[];

/** Where there is no policy: whoever may deploy may deploy anything, and a person answers for growth. */
export const OWNERS_RULE = { plugins: ["*"], images: ["*"], layers: ["*"], models: ["*"] } as const satisfies Omit<
  PolicyRule,
  "keys"
>;

export function rulesFor(policy: Policy, signers: readonly KeyId[], group: string | undefined): Rules {
  return policy.rules.filter(
    ({ keys, groups }) =>
      keys.some((key) => signers.includes(key)) && (groups === undefined || groups.some((name) => nameFits(name, group ?? ""))),
  );
}

/** Those of `rules` that let their keys deploy this plugin. Throws E_TRUST_POLICY, or E_TRUST_CAPABILITY where only its limits are too high. */
export function rulesForPlugin(rules: Rules, { name, limits }: Manifest): Rules {
  const named = rules.filter(({ plugins }) => plugins.some((pattern) => nameFits(pattern, name)));
  if (named.length === 0) throw new StepppsError("E_TRUST_POLICY", `deploy ${name}`);
  const within = named.filter((rule) => withinLimits(rule, limits));
  if (within.length === 0) throw new StepppsError("E_TRUST_CAPABILITY", `${name}: its limits`);
  return within;
}

/** Throws E_TRUST_POLICY unless one of `rules` lets its keys deploy images for that board. */
export function checkImage(rules: Rules, board: string): void {
  if (!rules.some(({ images }) => images?.some((pattern) => nameFits(pattern, board)))) {
    throw new StepppsError("E_TRUST_POLICY", `deploy an image for ${board}`);
  }
}

/** Throws E_TRUST_POLICY unless one of `rules` lets its keys deploy layers of that name. */
export function checkLayer(rules: Rules, layer: string): void {
  if (!rules.some(({ layers }) => layers?.some((pattern) => nameFits(pattern, layer)))) {
    throw new StepppsError("E_TRUST_POLICY", `deploy the layer ${layer}`);
  }
}

/** Throws E_TRUST_POLICY unless one of `rules` lets its keys deploy models of that name. */
export function checkModelRule(rules: Rules, model: string): void {
  if (!rules.some(({ models }) => models?.some((pattern) => nameFits(pattern, model)))) {
    throw new StepppsError("E_TRUST_POLICY", `deploy the model ${model}`);
  }
}

/** Throws E_TRUST_CAPABILITY unless one of `rules` covers all of `filters`. */
export function checkFilters(rules: Rules, filters: PluginFilters, plugin: string): void {
  if (rules.some((rule) => coversAll(rule, filters))) return;
  const outside = (kind: keyof PluginFilters) =>
    filters[kind].filter((filter) => !rules.some((rule) => covers(rule[kind], filter)));
  const [publish] = outside("publish");
  const [subscribe] = outside("subscribe");
  const what = publish ? `publish to ${publish}` : subscribe ? `receive ${subscribe}` : "these topics together";
  throw new StepppsError("E_TRUST_CAPABILITY", `${plugin}: ${what}`);
}

/** Whether a rule lets an update grow by `asks` with nobody being asked. */
export function allowsGrowth(rules: Rules, asks: readonly Ask[]): boolean {
  return rules.some((rule) => rule.growth === "allow" && asks.every((ask) => allows(rule, ask)));
}

export function allowsMethod(rules: Rules, method: RpcMethod): boolean {
  return rules.some(({ methods }) => methods?.includes(method));
}

function allows(rule: PolicyRule, ask: Ask): boolean {
  if (ask.kind === "publish" || ask.kind === "subscribe") return covers(rule[ask.kind], ask.filter);
  if (ask.kind === "limit") return ask.to <= (rule.limits?.[ask.limit] ?? Number.POSITIVE_INFINITY);
  return true;
}

function coversAll(rule: PolicyRule, { publish, subscribe }: PluginFilters): boolean {
  return publish.every((filter) => covers(rule.publish, filter)) && subscribe.every((filter) => covers(rule.subscribe, filter));
}

function covers(outer: readonly string[] | undefined, filter: string): boolean {
  return outer === undefined || outer.some((each) => filterCovers(each, filter));
}

function withinLimits(rule: PolicyRule, limits: Limits): boolean {
  return (Object.keys(limits) as (keyof Limits)[]).every(
    (limit) => limits[limit] <= (rule.limits?.[limit] ?? Number.POSITIVE_INFINITY),
  );
}

/** `*` stands for any part of a name. */
function nameFits(pattern: string, name: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let at = head.length;
  const end = name.length - tail.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
