import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";

/** What /metrics of the page says, for where only MQTT gets through. */
export async function run(invocation: Invocation<DeviceOptions>) {
  const metrics = String(await withDevice(invocation, (device) => device.ask("metrics")));
  invocation.out.result({ metrics }, () => metrics.trimEnd());
  return undefined;
}
