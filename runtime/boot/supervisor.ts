import type { DeviceDocument, StepppsError, View } from "../contract/index.ts";
import { createEventLog } from "../event/index.ts";
import { type Delivery, RpcServer } from "../mqtt/index.ts";
import type { Page } from "../pixel/index.ts";
import { compactHeap, faultsFrom, linuxFiles } from "../platform/index.ts";
import { openJournal } from "../store/index.ts";
import { createAlarmQueue } from "../time/index.ts";
import { createActions } from "./actions.ts";
import { calm } from "./calm.ts";
import { deviceSecret, openDataDirectory, removeRunning, writeRunning } from "./data-directory.ts";
import { deviceMethods } from "./device-methods.ts";
import { createEngine } from "./engine.ts";
import { forwardEvents } from "./forward-events.ts";
import type { HomeAssistant } from "./home-assistant.ts";
import { deviceIdentity } from "./identity.ts";
import { openInferences } from "./inferences.ts";
import { journalLimit } from "./journal-limit.ts";
import { openLayers } from "./layers.ts";
import { LiveMessages } from "./live-messages.ts";
import { type LoadedDocument, loadDocument } from "./load-document.ts";
import { createMethods } from "./methods.ts";
import { createMetrics, droppedOf } from "./metrics.ts";
import { openDeviceModels } from "./model-control.ts";
import { openBus } from "./open-bus.ts";
import { openOperation } from "./operation.ts";
import { Phases } from "./phases.ts";
import { openDevicePlugins, reconcileDocument } from "./plugins.ts";
import { behindPressure } from "./pressure-gate.ts";
import { publishReadings } from "./readings.ts";
import { reportOpening } from "./report-opening.ts";
import { sharedSubscriptions } from "./shared-subscriptions.ts";
import { documentTroubles, machineTroubles, Standing, troubleOf } from "./standing.ts";
import { readStatus } from "./status.ts";
import type { Supervisor, SupervisorOptions } from "./supervisor-options.ts";
import { openTransfers } from "./transfers.ts";
import { openTrust, trustMethods } from "./trust.ts";
import { openUpdates } from "./updates.ts";
import { announcePresence } from "./uplink.ts";

/**
 * Brings a device up: the phases of `phases.ts` in order, each with what it needs as arguments. Whatever was opened is
 * closed in the opposite order, also when a later phase fails.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { clock, version, faultSpec, webPort, parts } = options;
  const faults = options.faults ?? faultsFrom(faultSpec);
  const startedAt = clock.now();
  const phases = new Phases(clock);
  const opened = new AsyncDisposableStack();
  try {
    const data = await openDataDirectory(options.dataPath, options.documentPath);
    const loaded = await phases.run("document", () => loadDocument(data, linuxFiles()));
    const { document } = loaded;
    const { journalThread } = options;
    const opening = phases.run("journal", () =>
      openJournal({
        file: data.journal,
        faultSpec,
        ...(parts && { thread: parts.storeThread }),
        ...(journalThread === "later" ? { here: true } : journalThread && { thread: journalThread }),
        ...journalLimit(document),
      }),
    );
    opened.defer(async () => (await opening.catch(() => undefined))?.close());
    // The journal's thread has a processor of its own to start on. Nothing of the data directory is read before it has locked that.
    const secret = opening.then(() => deviceSecret(data));
    secret.catch(() => {});
    const engine = await phases.run("engine", () => createEngine(options.engine, data.artefacts, secret, parts?.addon));
    opened.defer(() => engine.close());
    const journal = await opening;
    await secret;
    const keep: { events?: () => number | undefined; governed?: () => boolean } = {};
    const events = createEventLog(journal, clock, () => keep.events?.());
    reportOpening(events, loaded, journal.opened);
    const device = document.name ?? "edge";
    const standing = new Standing(device);
    const read = (result: LoadedDocument) => standing.set("document", documentTroubles(result, options.device));
    read(loaded);
    standing.set("machine", machineTroubles(options.device));
    const operation = await openOperation({
      data,
      device,
      version,
      document,
      journal,
      clock,
      events,
      phases: () => phases.times,
      governed: () => keep.governed?.() ?? false,
      fault: loaded.fault?.message,
      read,
    });
    opened.defer(() => operation.close());
    keep.events = () => operation.document.current.retention?.events;

    const live = new LiveMessages(clock);
    // Nothing comes in before bus.start(), when these are there.
    let receive: (message: Delivery, done: (error?: Error) => void) => void = () => {};
    const bus = await phases.run("broker", () =>
      openBus({
        data,
        document,
        live: operation.document,
        device,
        port: options.mqttPort,
        journal,
        clock,
        events,
        onMessage: (message, done) => receive(message, done),
      }),
    );
    opened.defer(() => bus.close());
    const authority = await openTrust({
      device,
      journal,
      clock,
      events,
      owners: operation.owners,
      document: () => operation.document.current,
      faults,
    });
    opened.defer(() => authority.close());
    keep.governed = () => authority.governed;
    const alarms = createAlarmQueue(clock);
    opened.defer(() => alarms.close());
    const topics = sharedSubscriptions(bus);
    const { models, steps } = openInferences({ clock, events, parts, bus, topics: topics(), host: () => plugins.host });
    opened.defer(() => models.close());
    const plugins = await phases.run("plugins", () =>
      openDevicePlugins({
        device,
        journal,
        clock,
        alarms,
        engine,
        bus,
        topics: topics(),
        faults,
        authority,
        events,
        inferences: models,
        document: () => operation.document.current,
        broken: options.broken,
        sending: (plugin, messages) => {
          for (const message of messages) {
            live.show("out", message, plugin);
            steps.hear(message);
          }
        },
      }),
    );
    const { host, deploys } = plugins;
    opened.defer(() => plugins.close());

    const layers = openLayers(options.device, { authority, events, standing });
    opened.defer(() => layers.close());
    const updates = await openUpdates(options.device?.slots, {
      ...{ device, data, bus, journal, clock, faults, authority, events, host, layers },
      document: () => operation.document.current,
    });
    opened.defer(() => updates.close());

    const deviceModels = openDeviceModels({ device, data, bus, clock, authority, models, events, version });
    opened.defer(() => deviceModels.close());

    let page: Page | undefined;
    const status = () =>
      readStatus({
        device,
        version,
        startedAt,
        bus,
        host,
        web: () => page,
        uplink: () => bus.uplink,
        storage: () => operation.storage(),
        image: updates.status,
        troubles: () => standing.list,
      });
    const metrics = createMetrics({ status, histograms: () => host.histograms(), dropped: droppedOf(bus, host), journal });
    opened.defer(() => metrics.close());
    const control = new RpcServer({
      device,
      bus,
      journal,
      verify: (envelope) => authority.command(envelope),
      unsigned: (method) => method === "rollback" && document.discovery?.homeAssistantButtons === true,
      methods: {
        ...createMethods({ host, journal, deploys, status }),
        ...trustMethods(authority, data, () => operation.document.current),
        ...operation.methods,
        ...updates.methods,
        ...layers.methods,
        ...deviceModels.methods,
        ...deviceMethods(options.device, { device, clock, events }),
        metrics: () => metrics.text(),
      },
    });
    await phases.run("control", () => control.start());
    let homeAssistant: HomeAssistant | undefined;
    const transfers = openTransfers({ device, bus, journal, clock, faults, deploys, models: deviceModels, events });
    await transfers.start();
    opened.defer(() => transfers.close());
    opened.defer(forwardEvents(bus, device, events));
    receive = behindPressure(journal, clock, (message, done) => {
      live.show("in", message);
      homeAssistant?.hear(message);
      steps.hear(message);
      if (!control.take(message, done) && !transfers.take(message, done)) host.deliver(message, done);
    });
    await bus.start();
    standing.show(bus);
    await writeRunning(data, { device, pid: process.pid, mqttUrl: bus.url, webUrl: null });
    opened.defer(() => removeRunning(data));
    events.emit({ kind: "supervisor.started", level: "info", text: `${device} handles messages at ${bus.url}` });

    const pairing = () => operation.pairing.shown();
    const view: View = { status, events: { listen: events.listen, recent: events.recent }, messages: live, pairing };
    const everything = opened.move();
    const settled = (async () => {
      if (options.device) {
        await layers.begin();
        const signedTime = (await authority.status()).time.newest;
        const troubles = (part: string, errors: readonly StepppsError[]) => standing.set(part, errors.map(troubleOf));
        const beginning = options.device.begin({ device, events, document: operation.document, signedTime, troubles });
        everything.defer(await phases.run("network", () => beginning));
      }
      everything.defer(await announcePresence(bus, device));
      if (journalThread === "later") await calm(clock);
      if (document.discovery?.homeAssistant !== undefined) {
        const { showToHomeAssistant } = await import("./home-assistant.ts");
        homeAssistant = await showToHomeAssistant({ bus, clock, device, discovery: document.discovery, status });
        everything.defer(() => homeAssistant?.close());
      }
      await operation.begin(bus.reach ?? {});
      await steps.follow(operation.document);
      void deviceModels.begin(); // whoever asks a model meanwhile waits
      deploys.resume();
      await transfers.resume();
      const reconcile = (wanted: DeviceDocument) => reconcileDocument(deploys, data, wanted);
      operation.document.on("plugins", reconcile);
      if (webPort !== false) {
        const { openPage } = await import("./page.ts");
        const opening = openPage({
          view,
          version,
          device,
          web: document.web,
          port: webPort,
          actions: createActions({ host, journal, deploys }),
          metrics: metrics.text,
          identity: () => deviceIdentity(data, document),
          events,
          clock,
          bundle: parts?.page,
        });
        page = await phases.run("page", () => opening);
        everything.defer(page.close);
        await writeRunning(data, { device, pid: process.pid, mqttUrl: bus.url, webUrl: page.url });
      }
      if (options.readings)
        everything.defer(
          await phases.run("readings", () => publishReadings({ bus, host: steps.before(host), clock, path: data.path })),
        );
      await reconcile(operation.document.current);
      await updates.begin();
      compactHeap();
    })();
    const moved = settled
      .catch(() => {})
      .then(() => journal.toThread())
      .catch((error: unknown) => events.emit({ kind: "supervisor.trouble", level: "error", text: String(error) }));
    settled.catch((error: unknown) => {
      events.emit({ kind: "supervisor.trouble", level: "error", text: String(error) });
      return updates.begin(String(error));
    });
    return {
      data,
      device,
      view,
      settled,
      mqttUrl: bus.url,
      phases: phases.times,
      pairing,
      reload: () => operation.reload(),
      get webUrl() {
        return page?.url;
      },
      async close() {
        events.emit({ kind: "supervisor.stopping", level: "info", text: "asked to stop" });
        await settled.catch(() => {});
        await moved;
        await everything.disposeAsync();
      },
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}
