import {
  asStepppsError,
  type BridgeRule,
  controlTopic,
  DEVICE_STATE,
  type DeviceDocument,
  type StepppsError,
  utf8,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import { type Bus, type BusOptions, type ExternalBusOptions, openBridge } from "../mqtt/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import { deviceIdentity } from "./identity.ts";
import { type RemoteLogin, type RemoteSettings, readRemote } from "./remote-broker.ts";

export interface UplinkOptions {
  readonly data: DataDirectory;
  readonly document: DeviceDocument;
  readonly device: string;
  readonly journal: ExternalBusOptions["journal"];
  readonly events: Pick<EventLog, "emit">;
  readonly onMessage: BusOptions["onMessage"];
  report(error: StepppsError): void;
}

const MEGABYTE = 1_000_000;
/** Home Assistant's own where the document names no other. */
export const HOME_ASSISTANT_PREFIX = "homeassistant";
/** Without the files that it was told to use a device connects to nobody; it starts all the same. */
const NEVER: RemoteLogin = { tls: { certificate: "unreadable", key: "unreadable" } };

/**
 * The broker here, with a bridge to the one that `uplink` names. Where that part of the document is wrong it is reported, and the
 * device works without.
 */
export async function openBridged(
  options: UplinkOptions,
  openOwn: (onMessage: BusOptions["onMessage"]) => Promise<Bus>,
): Promise<Bus> {
  const { device, document, events, journal, onMessage, report } = options;
  const { url = "", rules = [], control = true, spillMegabytes, ...settings } = document.uplink ?? {};
  try {
    return await openBridge({
      url,
      device,
      journal,
      onMessage,
      report,
      control,
      rules: [...rules, ...discoveryRules(document)],
      local: openOwn,
      onConnection: tellOf(events, url),
      ...(spillMegabytes !== undefined && { spillBytes: spillMegabytes * MEGABYTE }),
      ...(await readLogin(options, settings)),
    });
  } catch (thrown) {
    const error = asStepppsError(thrown, "E_MQTT_UPLINK");
    if (error.code !== "E_UPLINK_RULE" && error.code !== "E_MQTT_UPLINK") throw error;
    report(error);
    return openOwn(onMessage);
  }
}

/** User name, password and what TLS needs; where a file cannot be read that is reported, and the broker is never reached. */
export function readLogin(
  { data, document, report }: Pick<UplinkOptions, "data" | "document" | "report">,
  settings: RemoteSettings,
): Promise<RemoteLogin> {
  const key = async () => (await deviceIdentity(data, document)).key;
  return readRemote(data, settings, key).catch((error: unknown) => {
    report(asStepppsError(error, "E_TLS_FILE"));
    return NEVER;
  });
}

/** Where the device says that it is there, and its last will that it is not. */
export function presenceOf(device: string) {
  return { topic: controlTopic.state(device), ...DEVICE_STATE };
}

/** What says when the connection to `url` comes and goes. */
export function tellOf(events: Pick<EventLog, "emit">, url: string): (connected: boolean) => void {
  const host = URL.parse(url)?.host ?? "";
  return (connected) => {
    if (connected) events.emit({ kind: "uplink.connected", level: "info", text: `connected to ${host}` });
    else events.emit({ kind: "uplink.lost", level: "warn", text: `the connection to ${host} is gone; what is for it waits` });
  };
}

/** Says on this machine's own broker that the device is there; what is returned says that it is not. An external one is told by the bus. */
export async function announcePresence(bus: Bus, device: string): Promise<() => Promise<void>> {
  if (bus.uplink?.url === bus.url) return async () => {};
  const { topic, online, offline } = presenceOf(device);
  const say = (state: string) => bus.publish({ topic, payload: utf8(state), qos: 1, retain: true }).catch(() => {});
  await say(online);
  return () => say(offline);
}

/** What Home Assistant has to hear and say, where it is beyond the uplink. */
function discoveryRules({ discovery }: DeviceDocument): BridgeRule[] {
  const { homeAssistant = false, homeAssistantPrefix = HOME_ASSISTANT_PREFIX } = discovery ?? {};
  if (!homeAssistant) return [];
  return [
    { direction: "out", filter: `${homeAssistantPrefix}/device/+/config`, priority: 5 },
    { direction: "in", filter: `${homeAssistantPrefix}/status` },
  ];
}
