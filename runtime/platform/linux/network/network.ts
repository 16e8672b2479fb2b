import { execFile } from "node:child_process";
import { type FSWatcher, watch } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { asStepppsError, type NetworkSettings, StepppsError } from "../../../contract/index.ts";
import type { Alarm, Clock } from "../../clock.ts";
import type { Link } from "../../network.ts";
import { Child } from "../child.ts";
import { type Lease, parseLease } from "./lease.ts";
import { readLinkState } from "./link-state.ts";
import { readLinks } from "./links.ts";
import {
  type IpCommand,
  isInPlace,
  kernelSettings,
  missingInterfaces,
  planLease,
  planLink,
  resolvConf,
  settingsOf,
  startLine,
} from "./plan.ts";
import type { Supplicant } from "./supplicant.ts";
import { Wifi, type WifiTools } from "./wifi.ts";

export interface NetworkPlaces {
  /** /sys/class/net */
  readonly sys: string;
  /** In memory; ours alone: what DHCP clients are told lies here. */
  readonly leases: string;
  readonly resolvConf: string;
  /** Programs, with their first arguments. */
  readonly ip: readonly string[];
  readonly udhcpc: readonly string[];
  /** What udhcpc calls. */
  readonly tell: string;
  /** /proc/sys/net */
  readonly settings: string;
  /** /proc/net/route */
  readonly routes: string;
}

export interface NetworkOptions {
  readonly places: NetworkPlaces;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Told to DHCP servers. */
  readonly hostname: string;
  /** For an interface whose own is another one at each start, by its name. */
  mac(name: string): string;
  readonly wifi: WifiTools;
  changed(text: string): void;
  trouble(error: StepppsError): void;
  /** What is wrong with Wi-Fi and stays so, in place of what was. `proven`: it has worked with these settings. */
  wifiTroubles(errors: readonly StepppsError[], proven: boolean): void;
}

/** An interface that is being looked after. */
interface Held {
  link: Link;
  readonly order: number;
  lease: Lease | undefined;
  /** What the lease was read from. */
  text: string;
  /** Whether addresses come by DHCP. */
  readonly dhcp: boolean;
  client: Child | undefined;
  readonly supplicant: Supplicant | undefined;
  /** The network that the DHCP client was started in. */
  ssid: string | undefined;
}

const LOOK_MS = 5_000;
const COMMAND_MS = 10_000;
const run = promisify(execFile);

/**
 * Keeps this machine's interfaces as the document says: DHCP, static addresses, routes, resolv.conf. IPv6 router advertisements are
 * the kernel's. Interfaces may come and go; a cable that is plugged in again asks for its address anew.
 */
export class LinuxNetwork {
  readonly #options: NetworkOptions;
  readonly #held = new Map<string, Held>();
  #settings: NetworkSettings = {};
  #turn: Promise<void> = Promise.resolve();
  #look: Alarm | undefined;
  #watcher: FSWatcher | undefined;
  #orders = 0;
  #told = "";
  /** What resolv.conf was given last; undefined: nothing yet. */
  #resolv: string | undefined;
  readonly #wifi: Wifi;
  #closed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    const { clock, wifi: tools } = options;
    this.#wifi = new Wifi({
      tools,
      clock,
      changed: () => void this.#enqueue(() => this.#readLeases()),
      troubles: (errors, proven) => options.wifiTroubles(errors, proven),
    });
  }

  /** Takes these settings in place of those before. What can't be done is reported; resolves when everything was tried. */
  apply(settings: NetworkSettings): Promise<void> {
    return this.#enqueue(async () => {
      await this.#release();
      this.#settings = settings;
      await this.#wifi.use(settings.wifi);
      await mkdir(this.#options.places.leases, { recursive: true, mode: 0o700 });
      this.#follow();
      const links = await this.#survey();
      for (const name of missingInterfaces(settings, links))
        this.#options.trouble(new StepppsError("E_NETWORK_NO_INTERFACE", name));
    });
  }

  /** wpa_supplicant is there now, or no longer: interfaces that wait for it begin anew. */
  toolsChanged(): Promise<void> {
    return this.#enqueue(async () => {
      for (const [name, held] of this.#held) if (held.link.wireless) await this.#letGo(name, held);
      await this.#wifi.use(this.#settings.wifi);
      await this.#survey();
    });
  }

  /** What PID 1 may do at the next start before anybody reads the document: a line an interface. */
  atStart(): string[] {
    const lines = [...this.#held.values()].map(({ link, order }) => startLine(link, settingsOf(this.#settings, link), order));
    return lines.filter((line) => line !== undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    this.#watcher?.close();
    await this.#enqueue(() => this.#release());
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn
      .then(work)
      .catch((error: unknown) => this.#options.trouble(asStepppsError(error, "E_NETWORK_COMMAND")));
    return this.#turn;
  }

  #follow(): void {
    if (this.#watcher || this.#closed) return;
    const { places, clock } = this.#options;
    this.#watcher = watch(places.leases, { persistent: false }, () => void this.#enqueue(() => this.#readLeases()));
    this.#watcher.on("error", () => this.#watcher?.close());
    const look = () => {
      this.#look = clock.after(LOOK_MS, () => {
        void this.#enqueue(async () => void (await this.#survey()));
        look();
      });
    };
    look();
  }

  /** Takes up what is new, lets go of what is gone. */
  async #survey(): Promise<readonly Link[]> {
    const links = this.#closed ? [] : await readLinks(this.#options.places.sys);
    for (const [name, held] of this.#held) if (!links.some((link) => link.name === name)) await this.#letGo(name, held);
    for (const link of links) {
      const held = this.#held.get(link.name);
      if (!held) await this.#hold(link);
      else {
        if (link.carrier && !held.link.carrier && !held.supplicant) held.client?.signal("SIGUSR1"); // renew [busybox, udhcpc]
        held.link = link;
      }
    }
    await this.#readLeases();
    return links;
  }

  async #hold(link: Link): Promise<void> {
    const { mac, places } = this.#options;
    const order = this.#orders++;
    for (const [path, value] of Object.entries(kernelSettings(link)))
      await writeFile(join(places.settings, path), value, { flag: "r+" }).catch(() => {});
    const settings = settingsOf(this.#settings, link);
    const { commands, dhcp } = planLink(link, settings, order, mac(link.name));
    const state = await readLinkState(places.sys, places.routes, link.name);
    // Each command is a process, and an address that goes and comes again cuts connections
    if (!isInPlace(link, settings, order, state)) await this.#ip(commands);
    await rm(join(places.leases, link.name), { force: true });
    const { enabled = true } = settings;
    const joined = (ssid: string) => void this.#enqueue(() => this.#joined(link.name, ssid));
    const supplicant = link.wireless && enabled ? this.#wifi.open(link.name, joined) : undefined;
    const client = dhcp && !link.wireless ? this.#dhcpClient(link.name) : undefined;
    this.#held.set(link.name, { link, order, lease: undefined, text: "", dhcp, client, supplicant, ssid: undefined });
  }

  #dhcpClient(name: string): Child {
    const { clock, hostname, places } = this.#options;
    const args = ["-f", "-i", name, "-s", places.tell, "-x", `hostname:${hostname}`, "-t", "4", "-A", "10"];
    return new Child({ command: [...places.udhcpc, ...args], env: { STEPPPS_TELL: places.leases }, clock });
  }

  /** A network was joined: the same one again has our address still, and is asked whether it is still ours. */
  async #joined(name: string, ssid: string): Promise<void> {
    const held = this.#held.get(name);
    if (this.#closed || !held?.dhcp) return;
    if (held.client && held.ssid === ssid) return held.client.signal("SIGUSR1"); // renew [busybox, udhcpc]
    await held.client?.close();
    await rm(join(this.#options.places.leases, name), { force: true });
    held.ssid = ssid;
    held.client = this.#dhcpClient(name);
  }

  async #letGo(name: string, { client, supplicant }: Held): Promise<void> {
    this.#held.delete(name);
    await Promise.all([client?.close(), supplicant?.close()]);
  }

  async #release(): Promise<void> {
    await Promise.all([...this.#held].map(([name, held]) => this.#letGo(name, held)));
    this.#orders = 0;
  }

  async #readLeases(): Promise<void> {
    if (this.#closed) return;
    for (const [name, held] of this.#held) {
      if (!held.client) continue; // static, or a network that is not joined yet
      const text = await readFile(join(this.#options.places.leases, name), "utf8").catch(() => "");
      if (text === held.text) continue;
      held.text = text;
      const lease = this.#lease(text);
      await this.#ip(planLease(held.link, held.lease, lease, held.order));
      held.lease = lease;
    }
    await this.#writeResolvConf();
    this.#tell();
  }

  #lease(text: string): Lease | undefined {
    try {
      return parseLease(text);
    } catch (error) {
      this.#options.trouble(asStepppsError(error, "E_NETWORK_LEASE"));
      return undefined;
    }
  }

  async #ip(commands: readonly IpCommand[]): Promise<void> {
    const [program = "", ...first] = this.#options.places.ip;
    for (const command of commands) {
      try {
        await run(program, [...first, ...command], { timeout: COMMAND_MS });
      } catch (cause) {
        const said = String((cause as { stderr?: string }).stderr ?? cause).trim();
        this.#options.trouble(new StepppsError("E_NETWORK_COMMAND", `ip ${command.join(" ")}: ${said}`.slice(0, 300), { cause }));
      }
    }
  }

  async #writeResolvConf(): Promise<void> {
    const { resolvConf: path } = this.#options.places;
    // Whoever is at the other end of a cable that is pulled answers nobody
    const held = [...this.#held.values()].sort((a, b) => Number(b.link.carrier) - Number(a.link.carrier));
    const content = resolvConf(this.#settings.dns ?? held.flatMap(({ lease }) => lease?.dns ?? []));
    if (content === this.#resolv) return;
    this.#resolv = content;
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  #tell(): void {
    const text = [...this.#held.values()].map((held) => describe(held, this.#settings)).join(", ");
    if (text !== this.#told) this.#options.changed(text || "no network interface");
    this.#told = text;
    const held = [...this.#held.values()];
    const open = held.flatMap(({ supplicant }) => supplicant ?? []);
    this.#wifi.review(
      this.#settings.wifi,
      held.map(({ link }) => link),
      open,
    );
  }
}

function describe({ link, lease, dhcp, supplicant }: Held, settings: NetworkSettings): string {
  const { enabled = true, addresses = [] } = settingsOf(settings, link);
  if (!enabled) return `${link.name} off`;
  if (link.wireless && supplicant?.ssid === undefined) return `${link.name} in no network`;
  const has = [...addresses, ...(lease ? [lease.address] : [])];
  const waits = link.carrier || supplicant ? "no address yet" : "no cable";
  const what = has.length > 0 ? has.join(" ") : dhcp ? waits : "up";
  return [link.name, ...(supplicant ? [`in ${supplicant.ssid}`] : []), what].join(" ");
}
