import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AlarmQueue,
  controlTopic,
  type DeployReport,
  type DeviceDocument,
  type Faults,
  type Inferences,
  type Message,
  type StepppsError,
  utf8,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import { DEFAULT_RETRY, type Deploys, openPlugins, type Plugins, type SandboxEngine } from "../script/index.ts";
import type { Journal } from "../store/index.ts";
import { createNextDue } from "../time/index.ts";
import type { Authority } from "../trust/index.ts";
import type { DataDirectory } from "./data-paths.ts";

export interface PluginPorts {
  readonly device: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly alarms: AlarmQueue;
  readonly engine: SandboxEngine;
  readonly bus: Bus;
  /** The plugins' own part of the broker's subscriptions. */
  readonly topics: Pick<Bus, "subscribe" | "unsubscribe">;
  readonly faults: Faults;
  readonly authority: Authority;
  readonly events: Pick<EventLog, "emit">;
  readonly inferences: Inferences;
  /** As it is now. */
  document(): DeviceDocument;
  sending(plugin: string, messages: readonly Message[]): void;
  broken(error: StepppsError): void;
}

const INBOX = { count: 20_000, bytes: 32 * 1024 * 1024 };
const HISTORY_MEBIBYTES = 8;
const GATE_SECONDS = 60;
const APPROVAL_HOURS = 168;
const ROWS = 200;
/** Reports in one second on what nobody known has sent that are kept for whoever is away: each is written down for the uplink. */
const STRANGERS_KEPT = 10;

/** The plugins with the device around them: settings and times are the document's, reports go out on MQTT. */
export function openDevicePlugins({ device, document, events, bus, topics, ...ports }: PluginPorts): Promise<Plugins> {
  const topic = controlTopic.deployed(device);
  const { clock } = ports;
  let second = 0;
  let strangers = 0;
  const isKept = ({ plugin }: DeployReport) => {
    if (plugin !== undefined) return true;
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) strangers = 0;
    second = now;
    return ++strangers <= STRANGERS_KEPT;
  };
  return openPlugins({
    ...ports,
    bus: { ...topics, echoes: bus.echoes, publishAll: (messages) => bus.publishAll(messages) },
    nextDue: createNextDue(document().timezone ?? "UTC"),
    retry: DEFAULT_RETRY,
    inbox: INBOX,
    settings: (plugin) => document().plugins?.[plugin],
    historyBytes: (plugin) => (document().plugins?.[plugin]?.historyMegabytes ?? HISTORY_MEBIBYTES) * 1024 * 1024,
    limits: {
      gateMillis: () => (document().deploys?.gateSeconds ?? GATE_SECONDS) * 1000,
      approvalMillis: () => (document().deploys?.approvalHours ?? APPROVAL_HOURS) * 3_600_000,
      rows: () => document().retention?.deploys ?? ROWS,
    },
    emit: (event) => events.emit(event),
    reported(report) {
      // Whoever waits has subscribed before; a report that can't be sent is in the list of deploys all the same.
      bus.publish({ topic, payload: utf8(JSON.stringify(report)), qos: isKept(report) ? 1 : 0, retain: false }).catch(() => {});
    },
  });
}

/** Makes the plugins what the document says; packages are files of the data directory. */
export function reconcileDocument(deploys: Deploys, data: Pick<DataDirectory, "path">, document: DeviceDocument): Promise<void> {
  return deploys.reconcile(document.plugins ?? {}, (file) => readFile(join(data.path, file)));
}
