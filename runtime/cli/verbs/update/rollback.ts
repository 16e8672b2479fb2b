import type { UpdateReport } from "../../../contract/update.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatUpdate } from "../../update/format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const report = (await withDevice(invocation, (device) => device.ask("update-rollback"))) as UpdateReport;
  invocation.out.result(report, () => formatUpdate(report));
  return undefined;
}
