import type { Invocation } from "../../command.ts";
import { endDevice } from "../../device/end.ts";
import type { DeviceOptions } from "../../device/with-device.ts";

export function run(invocation: Invocation<DeviceOptions>) {
  return endDevice(invocation, "reboot");
}
