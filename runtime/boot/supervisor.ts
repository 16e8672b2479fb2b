import { controlTopic, type StepppsError, type SystemEvent, utf8, type View } from "../contract/index.ts";
import { createEventLog, type EventLog } from "../event/index.ts";
import type { Bus, Delivery } from "../mqtt/index.ts";
import { type Clock, compactHeap, faultsFrom, linuxFiles } from "../platform/index.ts";
import { Control, controlVerbs, DEFAULT_RETRY, PluginHost } from "../script/index.ts";
import { openJournal } from "../store/index.ts";
import { createAlarmQueue, createNextDue } from "../time/index.ts";
import { parsePublicKey } from "../trust/index.ts";
import { deviceSecret, openDataDirectory, readOwners, removeRunning, writeRunning } from "./data-directory.ts";
import type { DataDirectory } from "./data-paths.ts";
import { createEngine, type EngineName } from "./engine.ts";
import { LiveMessages } from "./live-messages.ts";
import { loadDocument } from "./load-document.ts";
import { openBus } from "./open-bus.ts";
import { Phases, type PhaseTime } from "./phases.ts";
import { publishReadings } from "./readings.ts";
import { readStatus } from "./status.ts";

export interface SupervisorOptions {
  /** Where it keeps everything: document, journal, keys. Made where it isn't there. */
  readonly dataPath: string;
  readonly version: string;
  readonly clock: Clock;
  readonly engine: EngineName;
  /** STEPPPS_FAULT. */
  readonly faultSpec: string | undefined;
  /** Ports in place of the document's; 0 for any. */
  readonly mqttPort?: number;
  /** false: no page. */
  readonly webPort?: number | false;
  readonly readings: boolean;
  /** Told when only a new start helps: the disk fails. */
  broken(error: StepppsError): void;
}

export interface Supervisor {
  readonly data: DataDirectory;
  readonly device: string;
  readonly mqttUrl: string;
  /** Undefined until the page is up. */
  readonly webUrl: string | undefined;
  readonly view: View;
  readonly phases: readonly PhaseTime[];
  /** Resolves when page and readings are up too: messages are handled before. */
  readonly settled: Promise<void>;
  close(): Promise<void>;
}

const INBOX = { count: 20_000, bytes: 32 * 1024 * 1024 };
const MQTT_PORT = 1883;
const WEB_PORT = 8080;

/**
 * Brings a device up: the phases of `phases.ts` in order, each with what it needs as arguments. Whatever was opened is
 * closed in the opposite order, also when a later phase fails.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { clock, version, faultSpec, webPort } = options;
  const startedAt = clock.now();
  const phases = new Phases(clock);
  const opened = new AsyncDisposableStack();
  try {
    const data = await openDataDirectory(options.dataPath);
    const { document, fault } = await phases.run("document", () => loadDocument(data, linuxFiles()));
    const journal = await phases.run("journal", () => openJournal({ file: data.journal, faultSpec }));
    opened.defer(() => journal.close());
    const events = createEventLog(journal, clock);
    if (fault) events.emit({ kind: "document.refused", level: "error", code: fault.code, text: fault.message });
    if (journal.opened.state === "replaced") {
      events.emit({
        kind: "store.recovered",
        level: "error",
        text: `the journal was damaged; what could be read was kept, the old file is ${journal.opened.setAside}`,
      });
    }
    const engine = await phases.run("engine", async () => createEngine(options.engine, data.artefacts, await deviceSecret(data)));
    opened.defer(() => engine.close());
    const owners = await readOwners(data, (file, error) =>
      events.emit({ kind: "owner.refused", level: "error", text: `${file}: ${error}` }),
    );

    const live = new LiveMessages(clock);
    const device = document.name ?? "edge";
    // Nothing comes in before bus.start(), when these are there.
    let receive: (message: Delivery, done: (error?: Error) => void) => void = () => {};
    const bus = await phases.run("broker", () =>
      openBus({
        broker: document.mqtt?.broker,
        device,
        port: options.mqttPort ?? document.mqtt?.port ?? MQTT_PORT,
        journal,
        onMessage: (message, done) => receive(message, done),
        report: (error: StepppsError) =>
          events.emit({ kind: "mqtt.trouble", level: "warn", code: error.code, text: error.message }),
      }),
    );
    opened.defer(() => bus.close());
    const alarms = createAlarmQueue(clock);
    opened.defer(() => alarms.close());
    const host = await phases.run("plugins", () =>
      PluginHost.start({
        journal,
        clock,
        alarms,
        engine,
        bus,
        nextDue: createNextDue(document.timezone ?? "UTC"),
        faults: faultsFrom(faultSpec),
        retry: DEFAULT_RETRY,
        inbox: INBOX,
        owners: [...owners, ...(document.owners ?? []).map(parsePublicKey)],
        settings: (plugin) => document.plugins?.[plugin],
        broken: options.broken,
        emit: (event) => events.emit(event),
        sending: (plugin, messages) => {
          for (const message of messages) live.show("out", message, plugin);
        },
      }),
    );
    opened.defer(() => host.close());

    let webUrl: string | undefined;
    const status = () => readStatus({ device, version, startedAt, bus, host, webUrl: () => webUrl });
    const control = new Control({
      device,
      bus,
      host,
      clock,
      journal,
      verbs: controlVerbs({ host, journal, status }),
      refused: (error) => events.emit({ kind: "plugin.refused", level: "error", code: error.code, text: error.message }),
    });
    await phases.run("control", () => control.start());
    opened.defer(forwardEvents(bus, device, events));
    receive = (message, done) => {
      live.show("in", message);
      if (!control.take(message, done)) host.deliver(message, done);
    };
    await bus.start();
    await writeRunning(data, { device, pid: process.pid, mqttUrl: bus.url, webUrl: null });
    opened.defer(() => removeRunning(data));
    events.emit({ kind: "supervisor.started", level: "info", text: `${device} handles messages at ${bus.url}` });

    const view: View = { status, events: { listen: events.listen, recent: events.recent }, messages: live };
    const everything = opened.move();
    const settled = (async () => {
      if (webPort !== false) {
        const { startPage } = await import("../pixel/index.ts");
        const page = await phases.run("page", () =>
          startPage({ view, version, port: webPort ?? document.web?.port ?? WEB_PORT }),
        );
        everything.defer(() => page.close());
        webUrl = page.url;
        await writeRunning(data, { device, pid: process.pid, mqttUrl: bus.url, webUrl: page.url });
      }
      if (options.readings)
        everything.defer(await phases.run("readings", () => publishReadings({ bus, host, clock, path: data.path })));
      compactHeap();
    })();
    settled.catch((error: unknown) => events.emit({ kind: "supervisor.trouble", level: "error", text: String(error) }));
    return {
      data,
      device,
      view,
      settled,
      mqttUrl: bus.url,
      phases: phases.times,
      get webUrl() {
        return webUrl;
      },
      async close() {
        events.emit({ kind: "supervisor.stopping", level: "info", text: "asked to stop" });
        await settled.catch(() => {});
        await everything.disposeAsync();
      },
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Events go out on MQTT too, for `steppps plugin logs -f` and whoever else listens. */
function forwardEvents(bus: Bus, device: string, events: EventLog): () => void {
  const topic = controlTopic.events(device);
  return events.listen((event: SystemEvent) => {
    bus.publish({ topic, payload: utf8(JSON.stringify(event)), qos: 0, retain: false }).catch(() => {});
  });
}
