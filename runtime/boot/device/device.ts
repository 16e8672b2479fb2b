import { createHmac } from "node:crypto";
import { asStepppsError, type BoardFacts, type StepppsError, type SystemEvent } from "../../contract/index.ts";
import { type BootVolume, type Clock, LinuxNetwork, linuxFiles, openTimeSource } from "../../platform/index.ts";
import { checkBootFiles } from "./boot-files.ts";
import type { DeviceEnd } from "./exit.ts";
import { Installer } from "./install/installer.ts";
import type { KeptTime } from "./kept-time.ts";
import type { Layers } from "./layer/layers.ts";
import { writeNetworkStart } from "./network-start.ts";
import type { DevicePlaces } from "./places.ts";
import { ProblemFile } from "./problem.ts";
import type { DevicePorts, DeviceSide } from "./side.ts";
import type { DeviceSlots } from "./slots.ts";
import { troublesOf } from "./troubles.ts";
import { followWifiLayer, wifiTools } from "./wifi.ts";

export interface DeviceOptions {
  readonly places: DevicePlaces;
  readonly board: BoardFacts | undefined;
  readonly volume: BootVolume;
  readonly slots: DeviceSlots | undefined;
  /** Undefined where there are none: then there is no Wi-Fi either. */
  readonly layers?: Layers | undefined;
  readonly clock: Clock;
  readonly time: KeptTime;
  /** What was found before there was an event log. */
  readonly found: readonly Omit<SystemEvent, "time">[];
  /** The device's own, 32 bytes. */
  secret(): Promise<Uint8Array>;
  end(how: DeviceEnd): void;
}

const NTP = ["pool.ntp.org"];

/** The machine around the supervisor: its card, its network, its clock. */
export function createDevice({
  places,
  board,
  volume,
  slots,
  layers,
  clock,
  time,
  found,
  secret,
  end,
}: DeviceOptions): DeviceSide {
  const problems = new ProblemFile(volume);
  let ofDocument: readonly StepppsError[] = [];
  let ofInstall: readonly StepppsError[] = [];
  let ofWifi: readonly StepppsError[] = [];
  let leaveForStart = () => {};
  const writeProblems = () => {
    const lines = [...ofDocument, ...ofInstall, ...ofWifi].map(
      ({ message, row }) => `${message}${/[.?]$/.test(message) ? "" : "."} ${row.fix}.`,
    );
    void problems.write(lines);
  };
  return {
    board,
    volume,
    slots,
    layers,
    end,
    found,
    read({ document, fault }) {
      ofDocument = [...(fault ? [fault] : []), ...troublesOf(document)];
      writeProblems();
      leaveForStart();
      return ofDocument;
    },
    async begin({ device, events, document, signedTime, troubles }: DevicePorts) {
      const trouble = (error: StepppsError) =>
        events.emit({ kind: "network.trouble", level: "error", code: error.code, text: error.message });
      for (const event of found) events.emit(event);
      const set = await time.atLeast(signedTime);
      if (set) events.emit(set);
      for (const error of troublesOf(document.current)) trouble(error);
      const macs = await secret().catch(() => new Uint8Array(32));
      const network = new LinuxNetwork({
        places: places.network,
        clock,
        hostname: device,
        mac: (name) => ownMac(macs, name),
        changed: (text) => events.emit({ kind: "network.changed", level: "info", text }),
        trouble,
        wifi: wifiTools(layers, places),
        wifiTroubles(errors, proven) {
          troubles("wifi", errors);
          for (const error of errors) trouble(error);
          // Access points that come and go wear no card out: with these settings it has worked
          ofWifi = proven ? [] : errors;
          writeProblems();
        },
      });
      leaveForStart = () => {
        const start = { file: places.networkStart, document: places.document, files: linuxFiles() };
        void writeNetworkStart(start, network.atStart()).catch(() => {});
      };
      await network.apply(document.current.network ?? {});
      const endWifi = layers && followWifiLayer(layers, places, network);
      const source = await openTimeSource({
        servers: document.current.network?.ntp ?? NTP,
        ntpd: places.ntpd,
        tell: places.network.tell,
        folder: places.network.leases,
        clock,
        arrived() {
          events.emit({ kind: "clock.set", level: "info", text: "the clock follows a time server" });
          void time.arrived();
        },
      }).catch((error: unknown) => void trouble(asStepppsError(error, "E_CLOCK_SET")));
      document.on("network", async (next) => {
        for (const error of troublesOf(next)) trouble(error);
        await network.apply(next.network ?? {});
        leaveForStart();
      });
      const installer = new Installer({
        slots,
        volume,
        places,
        emit: (event) => events.emit(event),
        trouble(error) {
          ofInstall = error ? [error] : [];
          troubles("install", ofInstall);
          writeProblems();
        },
        done: () => end("poweroff"),
      });
      document.on("install", (next) => void installer.follow(next));
      void installer.follow(document.current);
      time.follow();
      const emit = events.emit.bind(events);
      const checked = slots && checkBootFiles({ ...slots, emit, troubles: (errors) => troubles("boot", errors) });
      return async () => {
        await checked;
        endWifi?.();
        await Promise.all([network.close(), source?.close(), time.close()]);
      };
    },
  };
}

/** The same at each start, and another one on each device: locally administered, for one machine [IEEE 802, 8.4]. */
function ownMac(secret: Uint8Array, name: string): string {
  const bytes = createHmac("sha256", secret).update(`mac ${name}`).digest().subarray(0, 6);
  bytes[0] = ((bytes[0] as number) & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
