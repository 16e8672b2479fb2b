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
import { readLinks } from "./links.ts";
import { type IpCommand, missingInterfaces, planLease, planLink, resolvConf, settingsOf } from "./plan.ts";

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
}

export interface NetworkOptions {
  readonly places: NetworkPlaces;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Told to DHCP servers. */
  readonly hostname: string;
  /** For an interface whose own is another one at each start, by its name. */
  mac(name: string): string;
  changed(text: string): void;
  trouble(error: StepppsError): void;
}

/** An interface that is being looked after. */
interface Held {
  link: Link;
  readonly order: number;
  lease: Lease | undefined;
  /** What the lease was read from. */
  text: string;
  readonly client: Child | undefined;
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
  #closed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Takes these settings in place of those before. What can't be done is reported; resolves when everything was tried. */
  apply(settings: NetworkSettings): Promise<void> {
    return this.#enqueue(async () => {
      await this.#release();
      this.#settings = settings;
      await mkdir(this.#options.places.leases, { recursive: true, mode: 0o700 });
      this.#follow();
      const links = await this.#survey();
      for (const name of missingInterfaces(settings, links))
        this.#options.trouble(new StepppsError("E_NETWORK_NO_INTERFACE", name));
    });
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
    for (const [name, { client }] of this.#held) {
      if (links.some((link) => link.name === name)) continue;
      this.#held.delete(name);
      await client?.close();
    }
    for (const link of links) {
      const held = this.#held.get(link.name);
      if (!held) await this.#hold(link);
      else {
        if (link.carrier && !held.link.carrier) held.client?.signal("SIGUSR1"); // renew [busybox, udhcpc]
        held.link = link;
      }
    }
    await this.#readLeases();
    return links;
  }

  async #hold(link: Link): Promise<void> {
    const { clock, hostname, mac, places } = this.#options;
    const order = this.#orders++;
    const { commands, dhcp } = planLink(link, settingsOf(this.#settings, link), order, mac(link.name));
    await this.#ip(commands);
    await rm(join(places.leases, link.name), { force: true });
    const command = [
      ...places.udhcpc,
      "-f",
      "-i",
      link.name,
      "-s",
      places.tell,
      "-x",
      `hostname:${hostname}`,
      "-t",
      "4",
      "-A",
      "10",
    ];
    const client = dhcp ? new Child({ command, env: { STEPPPS_TELL: places.leases }, clock }) : undefined;
    this.#held.set(link.name, { link, order, lease: undefined, text: "", client });
  }

  async #release(): Promise<void> {
    for (const { client } of this.#held.values()) await client?.close();
    this.#held.clear();
    this.#orders = 0;
  }

  async #readLeases(): Promise<void> {
    if (this.#closed) return;
    for (const [name, held] of this.#held) {
      if (!held.client) continue;
      const text = await readFile(join(this.#options.places.leases, name), "utf8").catch(() => "");
      if (text === held.text) continue;
      held.text = text;
      const lease = this.#lease(text);
      await this.#ip(planLease(name, held.lease, lease, held.order));
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
    const content = resolvConf(this.#settings.dns ?? [...this.#held.values()].flatMap(({ lease }) => lease?.dns ?? []));
    if (content === this.#resolv) return;
    this.#resolv = content;
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  #tell(): void {
    const text = [...this.#held.values()].map((held) => describe(held, this.#settings)).join(", ");
    if (text !== this.#told) this.#options.changed(text || "no network interface");
    this.#told = text;
  }
}

function describe({ link, lease, client }: Held, settings: NetworkSettings): string {
  const { enabled = true, addresses = [] } = settingsOf(settings, link);
  const has = [...addresses, ...(lease ? [lease.address] : [])];
  const waits = link.carrier ? "no address yet" : "no cable";
  return `${link.name} ${!enabled ? "off" : has.length > 0 ? has.join(" ") : client ? waits : "up"}`;
}
