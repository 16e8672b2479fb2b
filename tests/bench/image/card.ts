import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { SlotContents } from "../../../images/disk/slot.ts";
import { nextDirectBoot } from "../../../images/qemu/direct.ts";
import { EmulatedDevice } from "../../../images/qemu/emulated-device.ts";
import { openFat } from "../../../images/qemu/fat.ts";
import { freePort } from "../../../images/qemu/free-port.ts";
import type { MachineOptions } from "../../../images/qemu/machine.ts";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import type { DeviceDocument } from "../../../runtime/contract/index.ts";
import { formatPublicKey } from "../../../runtime/trust/index.ts";
import type { RelayPackages } from "../relay/package.ts";
import { LOGIN, quickHash } from "./login.ts";
import { Machine } from "./machine.ts";
import { awaitRelayed, connectSoon } from "./probe.ts";
import type { ImageBuilder } from "./subject.ts";

/** What a device of ours prints as soon as it handles messages; its network comes a moment later. */
export const READY = /^steppps ready /;
const DEVICE = "bench";
const MQTT_PORT = 1883;
const DEPLOY_MS = 240_000;

/** A card with a device of ours on it, and the machine that it is in. */
export class Card {
  readonly port: number;
  readonly #builder: ImageBuilder;
  readonly #slot: SlotContents;
  readonly #folder: string;
  readonly #disk: string;

  private constructor(slot: SlotContents, builder: ImageBuilder, folder: string, disk: string, port: number) {
    this.#slot = slot;
    this.#builder = builder;
    this.#folder = folder;
    this.#disk = disk;
    this.port = port;
  }

  /** Writes the image onto a card in `folder`, for a device that runs what `packages` has signed. */
  static async write(slot: SlotContents, builder: ImageBuilder, folder: string, packages: RelayPackages): Promise<Card> {
    await mkdir(folder, { recursive: true });
    const device = new EmulatedDevice({ arch: slot.board.arch, folder, firmware: false, forwards: [] }, builder.tools);
    await device.insert(await builder.image(slot));
    await (await device.card()).writeText("steppps.yaml", stringify(documentFor(packages), { lineWidth: 0 }));
    return new Card(slot, builder, folder, device.disk, await freePort(0));
  }

  /** Switches the machine on. What its loader would do is done before. */
  async start(options: Partial<MachineOptions> = {}): Promise<Machine> {
    const { tools } = this.#builder;
    const direct = await nextDirectBoot(await openFat(this.#disk, this.#folder, tools), this.#folder);
    const forwards = [{ host: this.port, device: MQTT_PORT }];
    return new Machine({ arch: this.#slot.board.arch, disk: this.#disk, direct, forwards, ...options }, tools);
  }

  /** Starts it, deploys so many relays over MQTT, and pulls the plug. The first listens to `bench/in`. */
  async deploy(packages: RelayPackages, count: number): Promise<void> {
    await using machine = await this.start();
    await machine.until(READY);
    const client = await connectSoon(this.port);
    await client.endAsync();
    const broker = `mqtt://${LOGIN.username}:${LOGIN.password}@127.0.0.1:${this.port}`;
    const address = { broker, device: DEVICE, timeout: DEPLOY_MS };
    const ports = { address, sent: new SentEnvelopes(join(this.#folder, "sent")), onReport() {}, onProgress() {} };
    for (let i = 0; i < count; i++) {
      const filter = i === 0 ? "bench/in" : `bench/in/${i}`;
      const envelope = packages.sign({ name: `relay-${i}`, filter, durability: "durable" });
      await deployEnvelope({ envelope, options: {}, wait: false, approve: false }, ports);
    }
    const probe = await connectSoon(this.port);
    await awaitRelayed(probe);
    await probe.endAsync();
  }
}

/** An address of its own, as the emulator's network has it: no DHCP server is measured. */
function documentFor(packages: RelayPackages): DeviceDocument {
  const user = { password: quickHash(), operator: true, publish: ["#"], subscribe: ["#"] };
  return {
    name: DEVICE,
    owners: [formatPublicKey(packages.owner)],
    mqtt: { listen: "all", users: { [LOGIN.username]: user } },
    network: { interfaces: { eth0: { addresses: ["10.0.2.15/24"], gateway: "10.0.2.2" } }, dns: ["10.0.2.3"], ntp: [] },
  };
}
