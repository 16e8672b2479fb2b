import { type ErrorCode, StepppsError, type WifiNetworks } from "../../../contract/index.ts";
import type { Alarm, Clock } from "../../clock.ts";
import { Child } from "../child.ts";
import { usableNetworks } from "./supplicant-conf.ts";
import { readSupplicantLine, type SupplicantNews } from "./supplicant-line.ts";

export interface SupplicantOptions {
  /** The interface. */
  readonly name: string;
  readonly wifi: WifiNetworks;
  /** The whole command; it is run in the foreground. */
  readonly command: readonly string[];
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Another network than before, or the same one again. */
  connected(ssid: string): void;
  /** Connection or trouble are not what they were. */
  changed(): void;
}

/** So long nothing is said of networks that are not heard: a scan of all channels takes some seconds, an access point's start a minute. */
const PATIENCE_MS = 45_000;
/** Lines that are shown to people when it ends: those that say what it could not do, none with names of networks. */
const TELLING = /^(nl80211|steppps-layer|rfkill|ioctl\[[A-Z0-9]+\]|l2_packet_init|[A-Z]\w+ to (initialize|init) driver)\b/;

/**
 * wpa_supplicant for one interface, for as long as we have it. What happens is read from its standard output, which it writes line by
 * line: a control socket would be one more door, and Node has no datagram sockets of the local kind.
 */
export class Supplicant {
  readonly #options: SupplicantOptions;
  readonly #names: readonly string[];
  readonly #child: Child;
  #ssid: string | undefined;
  #trouble: StepppsError | undefined;
  #proven = false;
  #last = "";
  #patience: Alarm | undefined;

  constructor(options: SupplicantOptions) {
    this.#options = options;
    this.#names = usableNetworks(options.wifi).map(([ssid]) => ssid);
    const { command, clock } = options;
    this.#wait();
    this.#child = new Child({
      command,
      env: {},
      clock,
      said: (line) => this.#heard(line),
      ended: (how) => this.#ended(how),
    });
  }

  /** What it is connected to. */
  get ssid(): string | undefined {
    return this.#ssid;
  }

  /** What keeps it from being connected; undefined too while that may yet come. */
  get trouble(): StepppsError | undefined {
    return this.#trouble;
  }

  /** It was connected once, so that the settings are right. */
  get proven(): boolean {
    return this.#proven;
  }

  async close(): Promise<void> {
    this.#patience?.cancel();
    await this.#child.close();
    this.#patience?.cancel();
  }

  #heard(line: string): void {
    if (TELLING.test(line)) this.#last = line.slice(0, 200);
    const news = readSupplicantLine(line);
    if (news) this.#take(news);
  }

  #take(news: SupplicantNews): void {
    switch (news.kind) {
      case "connected":
        this.#patience?.cancel();
        this.#ssid = this.#names[news.network] ?? "";
        this.#trouble = undefined;
        this.#proven = true;
        this.#options.connected(this.#ssid);
        return this.#options.changed();
      case "disconnected":
        return this.#lost();
      case "password":
        return this.#fail("E_NETWORK_WIFI_PASSWORD", this.#names[news.network ?? -1] ?? "");
      case "refused":
        // That it came to nothing is said after why it did
        if (news.reason === "CONN_FAILED" && this.#trouble) return undefined;
        return this.#fail("E_NETWORK_WIFI_REFUSED", news.reason);
    }
  }

  #ended(how: string): void {
    this.#lost();
    this.#fail("E_NETWORK_WIFI_PROGRAM", [how, this.#last].filter(Boolean).join(": "));
    this.#last = "";
  }

  #lost(): void {
    if (this.#ssid === undefined) return;
    this.#ssid = undefined;
    this.#wait();
    this.#options.changed();
  }

  #wait(): void {
    this.#patience?.cancel();
    this.#patience = this.#options.clock.after(PATIENCE_MS, () => {
      if (!this.#trouble) this.#fail("E_NETWORK_WIFI_ABSENT", this.#names.join(", "));
    });
  }

  #fail(code: ErrorCode, detail: string): void {
    if (this.#trouble?.code === code && this.#trouble.detail === detail) return;
    this.#trouble = new StepppsError(code, detail);
    this.#options.changed();
  }
}
