import { asStepppsError, type DeviceDocument, StepppsError } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import {
  type Bus,
  type BusOptions,
  type EmbeddedBusOptions,
  openEmbeddedBus,
  openExternalBus,
  type Refusal,
  type TlsListener,
} from "../mqtt/index.ts";
import { type Clock, linuxFiles } from "../platform/index.ts";
import { MAX_ENVELOPE_BYTES } from "../trust/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import { deviceIdentity } from "./identity.ts";
import type { LiveDocument } from "./live-document.ts";
import { MqttUsers } from "./mqtt-users.ts";
import { readText } from "./remote-broker.ts";
import { openBridged, presenceOf, readLogin, tellOf } from "./uplink.ts";

export interface OpenBusOptions {
  readonly data: DataDirectory;
  readonly document: DeviceDocument;
  /** Tells when `mqtt.users` changes. */
  readonly live: Pick<LiveDocument, "on">;
  readonly device: string;
  /** In place of the document's. */
  readonly port: number | undefined;
  readonly journal: EmbeddedBusOptions["journal"];
  readonly clock: Clock;
  readonly events: Pick<EventLog, "emit">;
  readonly onMessage: BusOptions["onMessage"];
}

const MQTT_PORT = 1883;
const TLS_PORT = 8883;
/** Room for the largest envelope and its topic. */
const MAX_PACKET = MAX_ENVELOPE_BYTES + 64 * 1024;

/** The broker inside this process, with or without an uplink, or the one that the document names in its place. */
export function openBus(options: OpenBusOptions): Promise<Bus> {
  const { events } = options;
  const report = (error: StepppsError) =>
    events.emit({ kind: "mqtt.trouble", level: "warn", code: error.code, text: error.message });
  const { mqtt, uplink } = options.document;
  if (mqtt?.broker !== undefined) return openElsewhere(options, report);
  if (!uplink) return openOwn(options, report);
  return openBridged({ ...options, report }, (onMessage) => openOwn({ ...options, onMessage }, report));
}

async function openOwn(options: OpenBusOptions, report: (error: StepppsError) => void): Promise<Bus> {
  const { document, device, live, clock, events, journal, onMessage } = options;
  const { users: known = {}, listen, port = MQTT_PORT, tls } = document.mqtt ?? {};
  const users = new MqttUsers(known, { device, clock, report });
  // Where nobody may use it, the device's key need not be made for it
  const listener = tls && !users.empty ? await tlsListener(options, report) : undefined;
  const bus = await openEmbeddedBus({
    port: options.port ?? port,
    ...(listen === "all" && { host: "::" }),
    ...(listener && { tls: listener }),
    users,
    journal,
    limits: { packetBytes: MAX_PACKET },
    onMessage,
    report,
    refused: (refusal) => events.emit({ kind: "access.refused", level: "warn", code: refusal.code, text: sentence(refusal) }),
  });
  if (tls && users.empty && listen !== "all") report(new StepppsError("E_MQTT_NO_USERS"));
  live.on("mqtt/users", ({ mqtt }) => {
    users.set(mqtt?.users ?? {});
    bus.usersChanged?.();
  });
  return bus;
}

async function openElsewhere(options: OpenBusOptions, report: (error: StepppsError) => void): Promise<Bus> {
  const { document, device, events, journal, onMessage } = options;
  const { broker = "", ...settings } = document.mqtt ?? {};
  return openExternalBus({
    url: broker,
    clientId: `steppps-${device}`,
    journal,
    onMessage,
    report,
    presence: presenceOf(device),
    onConnection: tellOf(events, broker),
    ...(await readLogin({ ...options, report }, settings)),
  });
}

/** Undefined, and reported, where its files cannot be read: the device is one without TLS then. */
async function tlsListener(
  { data, document }: OpenBusOptions,
  report: (error: StepppsError) => void,
): Promise<TlsListener | undefined> {
  const { port = TLS_PORT, clientCa } = document.mqtt?.tls ?? {};
  try {
    const { certificate, key } = await deviceIdentity(data, document);
    const ca = clientCa === undefined ? undefined : await readText(linuxFiles(), data.path, clientCa);
    return { port, certificate, key, ...(ca !== undefined && { clientCa: ca }) };
  } catch (error) {
    report(asStepppsError(error, "E_MQTT_TLS"));
    return undefined;
  }
}

function sentence({ address, code, detail, unsaid }: Refusal): string {
  const more = unsaid > 0 ? ` (and ${unsaid} more)` : "";
  return `${new StepppsError(code, [address, detail].filter(Boolean).join(", ")).message}${more}`;
}
