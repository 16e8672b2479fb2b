import type { Invocation } from "../../../command.ts";
import { type DeviceOptions, withDevice } from "../../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin, id] = invocation.args;
  const value = await withDevice(invocation, (device) => device.ask("dead-letter", { plugin, letter: id, drop: true }));
  invocation.out.result(value, () => `${plugin} has forgotten ${id}`);
  return undefined;
}
