import type { SystemStatus } from "../../../contract/status.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatPlugins } from "../../format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const { plugins } = (await withDevice(invocation, (device) => device.ask("status"))) as SystemStatus;
  invocation.out.result(plugins, () => formatPlugins(plugins));
  return undefined;
}
