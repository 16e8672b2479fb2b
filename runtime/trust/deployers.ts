import { type Manifest, StepppsError } from "../contract/index.ts";
import type { SignedImage } from "./image.ts";
import type { KeyId, PublicKey } from "./key.ts";
import type { SignedLayer } from "./layer.ts";
import { imageTarget, layerTarget, modelTarget, pluginTarget } from "./metadata/target-names.ts";
import type { Trusted } from "./metadata/update.ts";
import { checkComplete } from "./metadata/update.ts";
import type { SignedModel } from "./model.ts";
import type { SignedPlugin } from "./package.ts";
import { checkImage, checkLayer, checkModelRule, OWNERS_RULE, type Rules, rulesFor, rulesForPlugin } from "./policy.ts";

/**
 * Who may deploy, by what is trusted now:
 *
 *   no root                    any owner, anything
 *   root                       the keys of its targets, or of its root role where it names no targets: anything
 *   root that names a policy   the keys of policy and root, what the policy's rules say
 *   root that names targets    and only what they list, to the byte
 */
export class Deployers {
  readonly keys: readonly PublicKey[];
  readonly #trusted: Trusted;

  constructor(trusted: Trusted, owners: readonly PublicKey[]) {
    this.#trusted = trusted;
    this.keys = deployKeys(trusted, owners);
  }

  /** Whether a policy says what each key may do. */
  get bounded(): boolean {
    return this.#trusted.root?.meta.roles.policy !== undefined;
  }

  /** Throws E_TRUST_INCOMPLETE or E_TRUST_EXPIRED where a device that is kept from news could not know who may do what. */
  checkCurrent(now: number): void {
    checkComplete(this.#trusted, now);
  }

  /** What the rules let this plugin's signers do. Throws E_TRUST_INCOMPLETE, _EXPIRED, _POLICY, _CAPABILITY, _TARGET, E_ENVELOPE_SIGNER. */
  judge(plugin: Pick<SignedPlugin, "manifest" | "signers" | "id">, group: string | undefined, now: number): Rules {
    this.checkCurrent(now);
    const rules = rulesForPlugin(this.rules(plugin.signers, group), plugin.manifest);
    const { manifest, id } = plugin;
    checkTarget(this.#trusted, { component: pluginTarget(manifest), version: manifest.version, id });
    return rules;
  }

  /** Throws E_TRUST_INCOMPLETE, _EXPIRED, _POLICY, _TARGET, E_ENVELOPE_SIGNER unless this image's signers may deploy it. */
  judgeImage(image: Pick<SignedImage, "manifest" | "signers" | "id">, group: string | undefined, now: number): void {
    this.checkCurrent(now);
    const { board, version } = image.manifest;
    checkImage(this.rules(image.signers, group), board);
    checkTarget(this.#trusted, { component: imageTarget(image.manifest), version, id: image.id });
  }

  /** The same for a layer. */
  judgeLayer(layer: Pick<SignedLayer, "manifest" | "signers" | "id">, group: string | undefined, now: number): void {
    this.checkCurrent(now);
    const { name, version } = layer.manifest;
    checkLayer(this.rules(layer.signers, group), name);
    checkTarget(this.#trusted, { component: layerTarget(layer.manifest), version, id: layer.id });
  }

  /** The same for a model. */
  judgeModel(model: Pick<SignedModel, "manifest" | "signers" | "id">, group: string | undefined, now: number): void {
    this.checkCurrent(now);
    const { name, version } = model.manifest;
    checkModelRule(this.rules(model.signers, group), name);
    checkTarget(this.#trusted, { component: modelTarget(model.manifest), version, id: model.id });
  }

  /** Throws E_ENVELOPE_SIGNER when none of `signers` counts any more. */
  rules(signers: readonly KeyId[], group: string | undefined): Rules {
    const counting = signers.filter((id) => this.keys.some((key) => key.id === id));
    if (counting.length === 0) throw new StepppsError("E_ENVELOPE_SIGNER", signers.join(", "));
    const { root, policy } = this.#trusted;
    if (!root?.meta.roles.policy) return [{ ...OWNERS_RULE, keys: counting }];
    if (!policy) throw new StepppsError("E_TRUST_INCOMPLETE", "policy");
    return rulesFor(policy.meta, counting, group);
  }

  /** Whether any of `signers` may still deploy a plugin of that name; for what runs already, so targets and expiry don't matter. */
  mayStill(signers: readonly KeyId[], manifest: Manifest, group: string | undefined): boolean {
    try {
      return rulesForPlugin(this.rules(signers, group), manifest).length > 0;
    } catch {
      return false;
    }
  }
}

function deployKeys({ root, policy }: Trusted, owners: readonly PublicKey[]): readonly PublicKey[] {
  if (!root) return owners;
  const { keys } = root;
  const { roles } = root.meta;
  if (!roles.policy) {
    const named = (roles.targets ?? roles.root).keys;
    return keys.filter(({ id }) => named.includes(id));
  }
  // Every key that the root still names for something: a key that lost all its roles can't come back by an old rule.
  const held = new Set(Object.values(roles).flatMap((role) => role.keys));
  const own = policy?.keys ?? [];
  return [...keys.filter(({ id }) => held.has(id)), ...own.filter(({ id }) => !keys.some((key) => key.id === id))];
}

/** An arbitrary package is refused: it has to be in the targets, of that version and those bytes (TUF 5.7.2). */
function checkTarget(
  { root, targets }: Trusted,
  { component, version, id }: { readonly component: string; readonly version: string; readonly id: string },
): void {
  if (!root?.meta.roles.targets) return;
  const target = targets?.meta.components[component];
  const name = component.replace(/^plugin\//, "");
  if (!target) throw new StepppsError("E_TRUST_TARGET", name);
  if (target.version !== version || Buffer.from(target.sha256).toString("hex") !== id) {
    throw new StepppsError("E_TRUST_TARGET", `${name} ${version}: the targets name ${target.version} with another content`);
  }
}
