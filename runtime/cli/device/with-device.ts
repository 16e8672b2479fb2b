import { parseDuration } from "../../contract/duration.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Invocation } from "../command.ts";
import { type Address, connectDevice, type DeviceClient } from "./client.ts";
import { findRunning } from "./running.ts";

/** What every command that talks to a device takes. */
export interface DeviceOptions {
  readonly device?: string;
  readonly broker?: string;
  readonly timeout: string;
}

/** Runs `use` with a connection to the device that the options name. */
export async function withDevice<T>(
  invocation: Invocation<DeviceOptions>,
  use: (device: DeviceClient) => Promise<T>,
): Promise<T> {
  const device = await connectDevice(addressOf(invocation));
  try {
    return await use(device);
  } finally {
    await device.close();
  }
}

function addressOf({ options, data }: Invocation<DeviceOptions>): Address {
  const timeout = parseDuration(options.timeout);
  const { broker, device } = options;
  if (broker !== undefined && !/^(mqtts?|wss?):\/\//.test(broker)) throw new StepppsError("E_CLI_OPTION", `--broker ${broker}`);
  if (broker !== undefined && device !== undefined) return { broker, device, timeout };
  // A broker may serve many devices: which one is meant must be said.
  if (broker !== undefined) throw new StepppsError("E_CLI_OPTION", "--broker needs --device");
  const running = findRunning(data);
  return { broker: running.mqttUrl, device: device ?? running.device, timeout };
}
