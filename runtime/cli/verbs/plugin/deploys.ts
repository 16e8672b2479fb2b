import type { DeployReport } from "../../../contract/deploy.ts";
import { StepppsError } from "../../../contract/errors/index.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatDeploys } from "../../format-deploys.ts";

export async function run(invocation: Invocation<DeviceOptions & { limit: string }>) {
  const limit = Number(invocation.options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new StepppsError("E_CLI_OPTION", `--limit ${invocation.options.limit}`);
  const deploys = (await withDevice(invocation, (device) => device.ask("deploys", { limit }))) as DeployReport[];
  invocation.out.result(deploys, () => formatDeploys(deploys));
  return undefined;
}
