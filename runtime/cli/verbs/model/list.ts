import type { ModelStatus } from "../../../contract/model.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatModels } from "../../model/format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const models = (await withDevice(invocation, (device) => device.ask("model-status"))) as readonly ModelStatus[];
  invocation.out.result(models, () => formatModels(models));
  return undefined;
}
