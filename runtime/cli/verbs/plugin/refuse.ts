import type { DeployReport } from "../../../contract/deploy.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [deploy] = invocation.args;
  const report = (await withDevice(invocation, (device) => device.ask("refuse", { deploy }))) as DeployReport;
  invocation.out.result(report, () => `${report.plugin} ${report.version} is refused`);
  return undefined;
}
