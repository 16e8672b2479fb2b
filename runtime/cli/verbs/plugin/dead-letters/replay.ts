import type { Invocation } from "../../../command.ts";
import { type DeviceOptions, withDevice } from "../../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin, id] = invocation.args;
  const value = await withDevice(invocation, (device) => device.ask("dead-letter", { plugin, letter: id }));
  invocation.out.result(value, () => `${plugin} was given ${id} again; what fails once more is back among the dead letters`);
  return undefined;
}
