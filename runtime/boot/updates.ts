import { basename, join } from "node:path";
import {
  controlTopic,
  type DeviceDocument,
  type Faults,
  type ImageStatus,
  StepppsError,
  type SystemEvent,
  utf8,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Bus } from "../mqtt/index.ts";
import { optionalText, type RpcFunction, textArgument } from "../mqtt/index.ts";
import { type Clock, linuxFiles } from "../platform/index.ts";
import type { PluginHost } from "../script/index.ts";
import type { Journal } from "../store/index.ts";
import type { Authority } from "../trust/index.ts";
import { fileSource, httpSource, UpdateFolder, type UpdateSettings, Updates } from "../update/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import type { DeviceSlots } from "./device/slots.ts";
import { Sticks } from "./device/sticks.ts";
import { healthChecks, healthNow } from "./health.ts";
import { type DeviceLayers, LAYER_SUFFIX } from "./layers.ts";

export interface DeviceUpdatePorts {
  readonly device: string;
  readonly data: Pick<DataDirectory, "path">;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly authority: Authority;
  readonly events: Pick<EventLog, "emit">;
  readonly host: Pick<PluginHost, "status">;
  readonly layers: Pick<DeviceLayers, "take">;
  /** As it is now. */
  document(): DeviceDocument;
}

/** Image updates as the rest of the supervisor sees them; those of a machine without slots refuse everything. */
export interface DeviceUpdates {
  readonly methods: Readonly<
    Record<"update-status" | "update-deploy" | "update-approve" | "update-refuse" | "update-rollback", RpcFunction>
  >;
  /** Without the log of a failed boot. */
  status(): ImageStatus | undefined;
  /** `fault`: why the supervisor is not up as a whole. What was under way goes on; a slot on trial has to pass its gate. */
  begin(fault?: string): Promise<void>;
  close(): Promise<void>;
}

const GATE_SECONDS = 60;
/** ms until a version that is not well is left: plugins may need their time to compile. */
const LIMIT_MS = 5 * 60_000;
const IDLE_MS = 60_000;
const BUNDLE_SUFFIX = ".bundle";
/** In front of the name of a bundle on a stick, wherever that is mounted now. */
const ON_STICK = "stick:";

export async function openUpdates(slots: DeviceSlots | undefined, ports: DeviceUpdatePorts): Promise<DeviceUpdates> {
  if (!slots) return NOWHERE;
  const { device, data, bus, journal, clock, faults, authority, events, host, layers, document } = ports;
  let notUp: string | undefined = "it is starting";
  const emit = (event: Omit<SystemEvent, "time">) => events.emit(event);
  const sticks: Sticks = new Sticks({
    places: slots.sticks,
    clock,
    emit,
    async found(name) {
      if (!name.endsWith(LAYER_SUFFIX)) return takeBundle(updates, ON_STICK + name, emit);
      await layers.take(name, () => sticks.open(name));
      return false;
    },
  });
  const plugins = () => host.status();
  const updates: Updates = await Updates.open({
    ...slots,
    folder: new UpdateFolder(linuxFiles(), join(data.path, "update")),
    authority,
    clock,
    faults,
    settings: () => settingsOf(document()),
    checks: healthChecks({ bus, journal, plugins, notUp: () => notUp, dataFault: slots.dataFault }),
    before: () => healthNow({ bus, plugins }),
    async openSource({ url, file }) {
      if (file?.startsWith(ON_STICK)) return sticks.open(file.slice(ON_STICK.length));
      return file ? fileSource(file) : httpSource(url ?? "", { idleMs: IDLE_MS });
    },
    emit,
    reported: (report) => {
      const message = {
        topic: controlTopic.updated(device),
        payload: utf8(JSON.stringify(report)),
        qos: 1,
        retain: true,
      } as const;
      bus.publish(message).catch(() => {});
    },
  });
  return {
    methods: {
      "update-status": () => updates.status(),
      "update-deploy": (args) => {
        const [url, file] = [optionalText(args, "url"), optionalText(args, "file")];
        if (url !== undefined && !/^https?:\/\//.test(url)) throw new StepppsError("E_CONTROL", "url is not http: or https:");
        if (file !== undefined) return updates.deploy({ file: bundleAt(slots.bootPath, file) });
        return updates.deploy({ url: textArgument(args, "url") });
      },
      "update-approve": (args) => updates.approve(textArgument(args, "update")),
      "update-refuse": (args) => updates.refuse(textArgument(args, "update")),
      "update-rollback": () => updates.rollback(),
    },
    status() {
      const { update, ...status } = updates.status();
      if (!update) return status;
      const { log: _, ...report } = update;
      return { ...status, update: report };
    },
    async begin(fault) {
      notUp = fault;
      await updates.resume();
      for (const name of (await linuxFiles().list(slots.bootPath)).filter((each) => each.endsWith(BUNDLE_SUFFIX)))
        await takeBundle(updates, join(slots.bootPath, name), emit);
      void sticks.follow();
    },
    async close() {
      await updates.close();
      sticks.close();
    },
  };
}

/**
 * A bundle that people put on the boot partition, or plugged in; whether it is under way now. One that is installed or was refused is
 * passed over.
 */
async function takeBundle(updates: Updates, file: string, emit: (event: Omit<SystemEvent, "time">) => void): Promise<boolean> {
  try {
    const { outcome } = await updates.deploy({ file }, { newer: true });
    return outcome === "running" || outcome === "waiting";
  } catch (error) {
    const { code, message } = error as StepppsError;
    if (!PASSED_OVER.has(code)) emit({ kind: "update.refused", level: "error", code, text: `${basename(file)}: ${message}` });
    return false;
  }
}

/** Said once, when it happened; a file that lies there is no news. */
const PASSED_OVER = new Set<StepppsError["code"]>(["E_UPDATE_REJECTED", "E_TRUST_DOWNGRADE", "E_UPDATE_BUSY"]);

/** A name among those on the boot partition, and no way out of it. */
function bundleAt(bootPath: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new StepppsError("E_CONTROL", "file is not a name on the boot partition");
  return join(bootPath, name);
}

function settingsOf({ updates, timezone = "UTC" }: DeviceDocument): UpdateSettings {
  const { approve = false, window, gateSeconds = GATE_SECONDS } = updates ?? {};
  return { approve, window, timezone, steadyMs: gateSeconds * 1000, limitMs: LIMIT_MS + gateSeconds * 1000 };
}

const nowhere = () => {
  throw new StepppsError("E_UPDATE_NOWHERE");
};

const NOWHERE: DeviceUpdates = {
  methods: {
    "update-status": nowhere,
    "update-deploy": nowhere,
    "update-approve": nowhere,
    "update-refuse": nowhere,
    "update-rollback": nowhere,
  },
  status: () => undefined,
  begin: async () => {},
  close: async () => {},
};
