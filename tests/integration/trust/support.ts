import { onTestFinished } from "vitest";
import { DEFAULT_LIMITS, type Manifest, type SystemEvent } from "../../../runtime/contract/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import {
  type Authority,
  encodeBundle,
  type KeyPair,
  openAuthority,
  type PublicKey,
  signPackage,
  type TrustChange,
} from "../../../runtime/trust/index.ts";

const WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
export const START = Date.UTC(2026, 5, 1);
export const DAY = 86_400_000;

/** A device as trust sees it: a journal, a clock, owners. */
export class TrustDevice {
  readonly clock = new VirtualClock(START);
  readonly events: Omit<SystemEvent, "time">[] = [];
  owners: readonly PublicKey[];
  group: string | undefined;
  journal!: Journal;
  authority!: Authority;
  readonly #file: string;

  private constructor(owners: readonly KeyPair[], file: string) {
    this.owners = owners.map((key) => key.public);
    this.#file = file;
  }

  static async start(owners: readonly KeyPair[], file = ":memory:"): Promise<TrustDevice> {
    const device = new TrustDevice(owners, file);
    device.journal = await openJournal({ file });
    await device.#open();
    onTestFinished(() => device.journal.close());
    return device;
  }

  /** As after a power cut; the journal's file, where it has one, is opened anew. */
  async restart(): Promise<void> {
    if (this.#file !== ":memory:") {
      await this.journal.close();
      this.journal = await openJournal({ file: this.#file });
    }
    await this.#open();
  }

  /** What a new version does at the swap. */
  async deploy(envelope: Uint8Array): Promise<void> {
    const plugin = await this.authority.plugin(envelope);
    const { name, version } = plugin.manifest;
    await this.journal.commit([
      ...this.authority.accept(plugin),
      ["version.add", name, version, plugin.id, this.clock.now(), envelope],
      ["plugin.set", name, version, null, new Uint8Array(8), 0, 0],
    ]);
  }

  update(...files: readonly Uint8Array[]): Promise<TrustChange> {
    return this.authority.update(encodeBundle(files));
  }

  async #open(): Promise<void> {
    this.authority = await openAuthority({
      journal: this.journal,
      clock: this.clock,
      owners: () => this.owners,
      device: () => "kitchen",
      group: () => this.group,
      faults: { pass() {} },
      emit: (event) => this.events.push(event),
    });
  }
}

export function plugin(keys: KeyPair, name: string, version: string, change: Partial<Manifest> = {}) {
  const manifest: Manifest = {
    abi: 1,
    name,
    version,
    handlers: [{ kind: "message", filter: "in", method: "on" }],
    capabilities: { publish: [], timers: false, state: false },
    config: [],
    state: [],
    limits: DEFAULT_LIMITS,
    durability: "durable",
    ...change,
  };
  return { name, version, envelope: signPackage({ type: "plugin", manifest, wasm: WASM }, keys) };
}
