import type { ImageStatus } from "../../../contract/update.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatImage } from "../../update/format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const status = (await withDevice(invocation, (device) => device.ask("update-status"))) as ImageStatus;
  invocation.out.result(status, () => formatImage(status));
  return undefined;
}
