import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin] = invocation.args;
  const value = await withDevice(invocation, (device) => device.ask("rollback", { plugin }));
  const { version } = value as { version?: string };
  invocation.out.result(value, () => `${plugin} is back at ${version ?? "the version before"}`);
  return undefined;
}
