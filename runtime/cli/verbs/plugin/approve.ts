import type { DeployReport } from "../../../contract/deploy.ts";
import type { ErrorCode } from "../../../contract/errors/index.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { EXIT, exitCodeOf } from "../../exit-codes.ts";
import { formatDeploy } from "../../format-deploys.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [deploy] = invocation.args;
  const report = (await withDevice(invocation, (device) => device.ask("approve", { deploy }))) as DeployReport;
  invocation.out.result(report, () => formatDeploy(report));
  return report.error ? exitCodeOf(report.error.code as ErrorCode) : EXIT.ok;
}
