import { type RpcMethod, StepppsError } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { RpcFunction } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { DeviceEnd } from "./device/exit.ts";
import type { DeviceSide } from "./device/side.ts";

export interface DeviceMethodPorts {
  /** The device's name. */
  readonly device: string;
  readonly clock: Pick<Clock, "after">;
  readonly events: Pick<EventLog, "emit">;
}

type DeviceMethod = Extract<RpcMethod, `device-${DeviceEnd}`>;

/** ms in which the answer reaches whoever asked. */
const ANSWER_MS = 500;
const TEXTS: Readonly<Record<DeviceEnd, string>> = {
  reboot: "a person asked for a restart",
  poweroff: "a person asked to switch off",
  "factory-reset": "a person asked for a factory reset: plugins, their state, owners by pairing, events and settings go",
};

/** What can be asked of the machine as a whole; one that belongs to another system refuses. */
export function deviceMethods(
  side: Pick<DeviceSide, "end"> | undefined,
  { device, clock, events }: DeviceMethodPorts,
): Readonly<Record<DeviceMethod, RpcFunction>> {
  const method = (how: DeviceEnd): RpcFunction => {
    return () => {
      if (!side) throw new StepppsError("E_DEVICE_HOSTED");
      events.emit({ kind: "device.ending", level: "warn", text: TEXTS[how] });
      clock.after(ANSWER_MS, () => side.end(how));
      return { device, next: how };
    };
  };
  return {
    "device-reboot": method("reboot"),
    "device-poweroff": method("poweroff"),
    "device-factory-reset": method("factory-reset"),
  };
}
