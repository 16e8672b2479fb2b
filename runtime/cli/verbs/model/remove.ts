import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [model = ""] = invocation.args;
  await withDevice(invocation, (device) => device.ask("model-remove", { model }));
  invocation.out.result({ model }, () => `${model} is gone`);
  return undefined;
}
