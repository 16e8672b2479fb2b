import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin] = invocation.args;
  const value = await withDevice(invocation, (device) => device.ask("remove", { plugin }));
  invocation.out.result(value, () => `${plugin} is gone, and its state with it`);
  return undefined;
}
