import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StepppsError, type WifiNetworks, wifiFault } from "../../../contract/index.ts";
import type { Clock } from "../../clock.ts";
import type { Link } from "../../network.ts";
import { Supplicant } from "./supplicant.ts";
import { supplicantConf, usableNetworks } from "./supplicant-conf.ts";

/** What is not part of every image: wpa_supplicant. */
export interface WifiTools {
  /** The command that starts it with these arguments; undefined while it is not on this device. */
  supplicant(args: readonly string[]): readonly string[] | undefined;
  /** A folder in memory, ours alone, that it sees at the same path. */
  readonly folder: string;
}

export interface WifiOptions {
  readonly tools: WifiTools;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Something is not as it was with one of the interfaces. */
  changed(): void;
  /** What is wrong and stays so, in place of what was. `proven`: it has worked with these settings. */
  troubles(errors: readonly StepppsError[], proven: boolean): void;
}

/** The tools may come some seconds after the network, and then an interface, as firmware goes to its chip first. */
const PATIENCE_MS = 20_000;

/** The networks of the document, on whatever Wi-Fi interfaces the machine has. */
export class Wifi {
  readonly #options: WifiOptions;
  readonly #file: string;
  #wifi: WifiNetworks | undefined;
  #since = 0;
  #told = "[]";

  constructor(options: WifiOptions) {
    this.#options = options;
    this.#file = join(options.tools.folder, "wpa_supplicant.conf");
  }

  /** Takes these networks in place of those before; none of the interfaces is open. */
  async use(wifi: WifiNetworks | undefined): Promise<void> {
    const { clock, tools } = this.#options;
    this.#wifi = wifi && usableNetworks(wifi).length > 0 ? wifi : undefined;
    this.#since = clock.monotonic();
    this.#told = ""; // what was told belongs to the settings before
    if (!this.#wifi) return rm(this.#file, { force: true });
    await mkdir(tools.folder, { recursive: true, mode: 0o700 });
    const content = await supplicantConf(this.#wifi);
    await rm(`${this.#file}.new`, { force: true }); // or its mode would stay
    await writeFile(`${this.#file}.new`, content, { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }

  /** Begins on an interface; undefined where no network is wanted or nothing is there to join it with. */
  open(name: string, connected: (ssid: string) => void): Supplicant | undefined {
    const { changed, clock, tools } = this.#options;
    const command = this.#wifi && tools.supplicant(["-D", "nl80211", "-i", name, "-c", this.#file]);
    return this.#wifi && command && new Supplicant({ name, wifi: this.#wifi, command, clock, connected, changed });
  }

  /** Tells what is wrong, if that is not what was told last. */
  review(wanted: WifiNetworks | undefined, links: readonly Link[], open: readonly Supplicant[]): void {
    const errors = [...settingsFaults(wanted), ...this.#faults(links, open)];
    const text = JSON.stringify(errors.map(({ message }) => message));
    if (text === this.#told) return;
    this.#told = text;
    this.#options.troubles(
      errors,
      open.some(({ proven }) => proven),
    );
  }

  #faults(links: readonly Link[], open: readonly Supplicant[]): StepppsError[] {
    const { clock, tools } = this.#options;
    if (!this.#wifi) return [];
    const early = clock.monotonic() - this.#since < PATIENCE_MS;
    if (!tools.supplicant([])) return early ? [] : [new StepppsError("E_NETWORK_WIFI")];
    if (!links.some(({ wireless }) => wireless)) return early ? [] : [new StepppsError("E_NETWORK_WIFI_HARDWARE")];
    // Of two interfaces one that is connected is enough
    return open.some(({ ssid }) => ssid !== undefined) ? [] : open.flatMap(({ trouble }) => trouble ?? []);
  }
}

/** Networks that no driver can be asked for: a document of an older version may still have them. */
function settingsFaults({ networks = {} }: WifiNetworks = {}): StepppsError[] {
  return Object.entries(networks).flatMap(([ssid, settings]) => {
    const fault = wifiFault(ssid, settings);
    return fault === undefined ? [] : [new StepppsError("E_NETWORK_WIFI_SETTINGS", `${ssid}: ${fault}`)];
  });
}
