import { createHmac } from "node:crypto";
import { asStepppsError, type BoardFacts, type StepppsError, type SystemEvent } from "../../contract/index.ts";
import { type BootVolume, type Clock, LinuxNetwork, openTimeSource, type Restart } from "../../platform/index.ts";
import type { KeptTime } from "./kept-time.ts";
import type { DevicePlaces } from "./places.ts";
import { ProblemFile } from "./problem.ts";
import type { DevicePorts, DeviceSide } from "./side.ts";
import type { DeviceSlots } from "./slots.ts";
import { troublesOf } from "./troubles.ts";

export interface DeviceOptions {
  readonly places: DevicePlaces;
  readonly board: BoardFacts | undefined;
  readonly volume: BootVolume;
  readonly slots: DeviceSlots | undefined;
  readonly clock: Clock;
  readonly time: KeptTime;
  /** What was found before there was an event log. */
  readonly found: readonly Omit<SystemEvent, "time">[];
  /** The device's own, 32 bytes. */
  secret(): Promise<Uint8Array>;
  restart(restart: Restart): void;
}

const NTP = ["pool.ntp.org"];

/** The machine around the supervisor: its card, its network, its clock. */
export function createDevice({ places, board, volume, slots, clock, time, found, secret, restart }: DeviceOptions): DeviceSide {
  const problems = new ProblemFile(volume);
  return {
    board,
    volume,
    slots,
    restart,
    read({ document, fault }) {
      void problems.write(
        [...(fault ? [fault] : []), ...troublesOf(document)].map(
          ({ message, row }) => `${message}${/[.?]$/.test(message) ? "" : "."} ${row.fix}.`,
        ),
      );
    },
    async begin({ device, events, document }: DevicePorts) {
      const trouble = (error: StepppsError) =>
        events.emit({ kind: "network.trouble", level: "error", code: error.code, text: error.message });
      for (const event of found) events.emit(event);
      for (const error of troublesOf(document.current)) trouble(error);
      const macs = await secret().catch(() => new Uint8Array(32));
      const network = new LinuxNetwork({
        places: places.network,
        clock,
        hostname: device,
        mac: (name) => ownMac(macs, name),
        changed: (text) => events.emit({ kind: "network.changed", level: "info", text }),
        trouble,
      });
      await network.apply(document.current.network ?? {});
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
      });
      time.follow();
      return async () => {
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
