import type { ModelStatus } from "../../../contract/model.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [model = ""] = invocation.args;
  const back = (await withDevice(invocation, (device) => device.ask("model-rollback", { model }))) as ModelStatus;
  invocation.out.result(back, () => `${back.name} ${back.version ?? ""} answers again`);
  return undefined;
}
