import { type Ask, asStepppsError, type Faults, type Manifest, StepppsError, type SystemEvent } from "../contract/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";
import type { Journal, Op } from "../store/index.ts";
import { parseBundle } from "./bundle.ts";
import type { AcceptedCommand, CommandGate } from "./command-gate.ts";
import { Deployers } from "./deployers.ts";
import { Floors } from "./floors.ts";
import { openImage, type SignedImage } from "./image.ts";
import type { PublicKey } from "./key.ts";
import { openLayer, type SignedLayer } from "./layer.ts";
import { imageTarget, modelTarget, pluginTarget } from "./metadata/target-names.ts";
import { checkComplete, type Trusted, takeRoles, walkRoots } from "./metadata/update.ts";
import { openModel, type SignedModel } from "./model.ts";
import { openPackage, readStoredPackage, type SignedPlugin } from "./package.ts";
import { allowsGrowth, checkFilters, checkModelRule, type PluginFilters } from "./policy.ts";
import type { SignedTime } from "./signed-time.ts";
import { changes, readStored, type Stored } from "./stored.ts";
import { findOrphans, roleStatus, type TrustChange, type TrustStatus } from "./trust-status.ts";

export interface AuthorityOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Keys of the device document and of pairing; asked each time, because they change. */
  owners(): readonly PublicKey[];
  /** The device's name, which a command has to name. */
  device(): string;
  /** Which devices of a policy this is one of. */
  group(): string | undefined;
  readonly faults: Faults;
  emit(event: Omit<SystemEvent, "time">): void;
}

/** A plugin that may be deployed here and now. */
export interface AuthorisedPlugin extends SignedPlugin {
  /** Throws E_TRUST_CAPABILITY unless the policy lets its signer give it all of these topics. */
  permits(filters: PluginFilters): void;
  /** Whether the policy lets it have `asks` beyond the version at work without a person's word. */
  mayGrow(asks: readonly Ask[]): boolean;
}

/** Says what may be deployed, and by whom. Everything it knows is in the journal, or in the document's owners. */
export class Authority {
  readonly #options: AuthorityOptions;
  readonly #floors: Floors;
  readonly #time: SignedTime;
  readonly #commands: CommandGate;
  readonly #damaged: StepppsError | undefined;
  #trusted: Trusted;
  #updating: Promise<unknown> = Promise.resolve();
  #expiry: Alarm | undefined;

  constructor(options: AuthorityOptions, { trusted, time, commands, damaged }: Stored) {
    this.#options = options;
    this.#floors = new Floors(options.journal);
    this.#trusted = trusted;
    this.#time = time;
    this.#commands = commands;
    this.#damaged = damaged;
  }

  /**
   * Throws E_ENVELOPE_*, E_PACKAGE or E_TRUST_*; nothing is remembered of it. `stays`: whether it will not take over from what is
   * at work, and so can't be a downgrade.
   */
  async plugin(envelope: Uint8Array, stays: (manifest: Manifest) => boolean = () => false): Promise<AuthorisedPlugin> {
    const deployers = this.#deployers();
    const signed = openPackage(envelope, deployers.keys);
    const { group } = this.#options;
    const rules = () => this.#deployers().judge(signed, group(), this.#time.now());
    rules();
    const { name, version } = signed.manifest;
    await this.#floors.check(pluginTarget(signed.manifest), version, name, () => stays(signed.manifest));
    return {
      ...signed,
      permits: (filters) => checkFilters(rules(), filters, name),
      mayGrow: (asks) => allowsGrowth(rules(), asks),
    };
  }

  /**
   * Asked again when it is about to take over, since a key may have been revoked meanwhile: throws as `plugin` does, or gives what has
   * to be committed with the swap. Deploys of one plugin come one after the other: the floor is that of the last call of `plugin`.
   */
  accept(plugin: SignedPlugin): Op[] {
    const { manifest } = plugin;
    this.#deployers().judge(plugin, this.#options.group(), this.#time.now());
    return [["trust.floor.set", pluginTarget(manifest), manifest.version]];
  }

  /** An image that may be deployed here and now. Throws E_ENVELOPE_*, E_IMAGE, E_IMAGE_EXPIRED or E_TRUST_*; nothing is remembered of it. */
  async image(envelope: Uint8Array): Promise<SignedImage> {
    const deployers = this.#deployers();
    const signed = openImage(envelope, deployers.keys);
    const now = this.#time.now();
    deployers.judgeImage(signed, this.#options.group(), now);
    const { board, version, expires } = signed.manifest;
    if (expires !== undefined && expires <= now) throw new StepppsError("E_IMAGE_EXPIRED", new Date(expires).toISOString());
    await this.#floors.check(imageTarget({ board }), version, board);
    return signed;
  }

  /** No image lower than `version` comes from now on: it passed its gate. */
  raiseImage(board: string, version: string): Promise<void> {
    return this.#floors.raise(imageTarget({ board }), version);
  }

  /** A layer that may be installed here and now. Throws E_ENVELOPE_*, E_LAYER, E_LAYER_EXPIRED or E_TRUST_*; nothing is remembered of it. */
  async layer(envelope: Uint8Array): Promise<SignedLayer> {
    const deployers = this.#deployers();
    const signed = openLayer(envelope, deployers.keys);
    const now = this.#time.now();
    deployers.judgeLayer(signed, this.#options.group(), now);
    const { name, version, expires } = signed.manifest;
    if (expires !== undefined && expires <= now) throw new StepppsError("E_LAYER_EXPIRED", new Date(expires).toISOString());
    await this.#floors.check(layerComponent(name), version, `layer ${name}`);
    return signed;
  }

  /** No layer of that name lower than `version` comes from now on: its programs worked. */
  raiseLayer(name: string, version: string): Promise<void> {
    return this.#floors.raise(layerComponent(name), version);
  }

  /** A model that may be deployed here and now. Throws E_ENVELOPE_*, E_MODEL or E_TRUST_*; nothing is remembered of it. */
  async model(envelope: Uint8Array): Promise<SignedModel> {
    const deployers = this.#deployers();
    const signed = openModel(envelope, deployers.keys);
    deployers.judgeModel(signed, this.#options.group(), this.#time.now());
    const { name, version } = signed.manifest;
    await this.#floors.check(modelTarget(signed.manifest), version, `model ${name}`);
    return signed;
  }

  /**
   * A model that lies on the device's disk: signed by somebody who may still deploy one of that name. Targets, versions and expiry
   * were asked for when it came. Throws E_ENVELOPE_*, E_MODEL or E_TRUST_POLICY.
   */
  storedModel(envelope: Uint8Array): SignedModel {
    const deployers = this.#deployers();
    const signed = openModel(envelope, deployers.keys);
    checkModelRule(deployers.rules(signed.signers, this.#options.group()), signed.manifest.name);
    return signed;
  }

  /** No model of that name lower than `version` comes from now on: its golden vectors fit. */
  raiseModel(name: string, version: string): Promise<void> {
    return this.#floors.raise(modelTarget({ name }), version);
  }

  /** A version that lies in the journal: it was authorised when it came. Throws E_PACKAGE or E_ENVELOPE_* where it is damaged. */
  stored(envelope: Uint8Array): SignedPlugin {
    return readStoredPackage(envelope);
  }

  /** Takes new metadata, in the order of TUF's client workflow (5.3 to 5.6). New roots count even where the rest is refused. */
  update(bundle: Uint8Array): Promise<TrustChange> {
    const turn = this.#updating.then(() => this.#update(bundle));
    this.#updating = turn.catch(() => {});
    return turn;
  }

  async #update(bytes: Uint8Array): Promise<TrustChange> {
    try {
      const { roots, roles } = await parseBundle(bytes);
      const before = this.#deployers();
      const walked = await walkRoots(this.#trusted, roots, { keys: this.#options.owners() });
      await this.#store(walked);
      checkRootExpiry(walked, this.#time.now());
      if (Object.keys(roles).length > 0) await this.#store(takeRoles(walked, roles, this.#time.now()));
      return await this.#changed(before);
    } catch (error) {
      const fault = asStepppsError(error, "E_TRUST_BUNDLE");
      this.#options.emit({ kind: "trust.refused", level: "warn", code: fault.code, text: fault.message });
      throw fault;
    }
  }

  /** An order from beyond this machine, once. Throws E_ENVELOPE_* or E_TRUST_*; it counts as given when this resolves. */
  async command(envelope: Uint8Array): Promise<AcceptedCommand> {
    const { device, group } = this.#options;
    return this.#commands.take(envelope, { deployers: this.#deployers(), device: device(), group: group(), time: this.#time });
  }

  /** Whether there is a root, so that owners alone say nothing. */
  get governed(): boolean {
    return this.#trusted.root !== undefined;
  }

  async status(): Promise<TrustStatus> {
    const deployers = this.#damaged ? undefined : this.#deployers();
    const floors = await this.#options.journal.read("trust.floors");
    const counting = new Set(deployers?.keys.map(({ id }) => id));
    const ignored = this.#trusted.root ? this.#options.owners().filter(({ id }) => !counting.has(id)) : [];
    const blocked = this.#blocked();
    return {
      deployers: [...counting],
      ignoredOwners: ignored.map(({ id }) => id),
      roles: roleStatus(this.#trusted, this.#time.now()),
      ...(blocked && { blocked: { code: blocked.code, text: blocked.message } }),
      floors: Object.fromEntries(floors.map(({ component, version }) => [component.replace(/^plugin\//, ""), version])),
      orphans: deployers ? await findOrphans(this.#options, deployers) : [],
      time: { now: this.#time.now(), newest: this.#time.newest, behind: this.#time.behind },
    };
  }

  /** Tells people where the clock is known to be wrong, and where nothing can be deployed any more. */
  report(): void {
    const { behind, known, newest } = this.#time;
    if (!known && newest > 0) {
      const text = `the clock is ${Math.ceil(behind / 1000)} s or more behind; expiry is judged by ${new Date(newest).toISOString()}, the newest time that was signed`;
      this.#options.emit({ kind: "trust.clock", level: "warn", text });
    }
    const blocked = this.#blocked();
    if (blocked) this.#options.emit({ kind: "trust.refused", level: "warn", code: blocked.code, text: blocked.message });
    this.#watch();
  }

  close(): void {
    this.#expiry?.cancel();
  }

  /** Says so when the next of what is trusted expires, and not only when somebody wants to deploy. */
  #watch(): void {
    this.#expiry?.cancel();
    const now = this.#time.now();
    const next = roleStatus(this.#trusted, now).filter(({ expired }) => !expired);
    if (next.length === 0) return;
    const millis = Math.min(...next.map(({ expires }) => expires)) - now + 1;
    this.#expiry = this.#options.clock.after(millis, () => this.report());
  }

  #blocked(): StepppsError | undefined {
    if (this.#damaged) return this.#damaged;
    try {
      checkComplete(this.#trusted, this.#time.now());
      return undefined;
    } catch (error) {
      return asStepppsError(error, "E_TRUST_INCOMPLETE");
    }
  }

  #deployers(): Deployers {
    if (this.#damaged) throw this.#damaged;
    return new Deployers(this.#trusted, this.#options.owners());
  }

  async #store(next: Trusted): Promise<void> {
    const { journal, faults } = this.#options;
    const ops = changes(this.#trusted, next, this.#time);
    if (ops.length > 0) await journal.commit(ops);
    this.#trusted = next;
    faults.pass("trust:after-store");
  }

  async #changed(before: Deployers): Promise<TrustChange> {
    const after = this.#deployers();
    const ids = (of: Deployers) => of.keys.map(({ id }) => id);
    const [had, has] = [ids(before), ids(after)];
    const orphans = await findOrphans(this.#options, after);
    const change = {
      roles: roleStatus(this.#trusted, this.#time.now()),
      added: has.filter((id) => !had.includes(id)),
      removed: had.filter((id) => !has.includes(id)),
      orphans,
    };
    const versions = change.roles.map(({ role, version }) => `${role} ${version}`).join(", ");
    this.#options.emit({ kind: "trust.changed", level: "info", text: `trusted now: ${versions}` });
    for (const { plugin, version, signers } of orphans) {
      const text = `${plugin} ${version} goes on, but its key may not deploy it any more: ${signers.join(", ")}`;
      this.#options.emit({ kind: "trust.changed", level: "warn", plugin, text });
    }
    this.report();
    return change;
  }
}

/** As the journal has it. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const authority = new Authority(options, await readStored(options));
  authority.report();
  return authority;
}

function layerComponent(name: string): string {
  return `layer/${name}`;
}

function checkRootExpiry({ root }: Trusted, now: number): void {
  // TUF 5.3.10
  if (root && root.meta.expires <= now) {
    throw new StepppsError("E_TRUST_EXPIRED", `root, at ${new Date(root.meta.expires).toISOString()}`);
  }
}
