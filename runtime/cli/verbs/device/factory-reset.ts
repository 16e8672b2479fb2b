import { StepppsError } from "../../../contract/errors/index.ts";
import type { Invocation } from "../../command.ts";
import { endDevice } from "../../device/end.ts";
import type { DeviceOptions } from "../../device/with-device.ts";

export function run(invocation: Invocation<DeviceOptions & { readonly yes?: boolean }>) {
  if (!invocation.options.yes)
    throw new StepppsError("E_CLI_OPTION", "a factory reset deletes plugins, their state and the event log: say --yes");
  return endDevice(invocation, "factory-reset");
}
