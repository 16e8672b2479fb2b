import type { LayerStatus } from "../../../contract/layer.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatLayers } from "../../layer/format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [layer] = invocation.args;
  const status = (await withDevice(invocation, (device) => device.ask("layer-remove", { layer }))) as LayerStatus;
  invocation.out.result(status, () => formatLayers(status));
  return undefined;
}
