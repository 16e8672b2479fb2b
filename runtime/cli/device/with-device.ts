import { parseDuration } from "../../contract/duration.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Invocation } from "../command.ts";
import { type Address, connectDevice, type DeviceClient } from "./client.ts";
import { commandSigner } from "./command-signer.ts";
import { findRunning } from "./running.ts";

const DEFAULT_SIGNER = "owner";

/** What every command that talks to a device takes. */
export interface DeviceOptions {
  readonly device?: string;
  readonly broker?: string;
  readonly timeout: string;
  /** Name of the key that signs commands, where the device is elsewhere and asks for that. */
  readonly sign?: string;
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

/** Where the device is that the options name. */
export function addressOf(invocation: Invocation<DeviceOptions>): Address {
  const { options, data } = invocation;
  const timeout = parseDuration(options.timeout);
  const { broker, device } = options;
  if (broker !== undefined && !/^(mqtts?|wss?):\/\//.test(broker)) throw new StepppsError("E_CLI_OPTION", `--broker ${broker}`);
  const signedBy = (name: string) => commandSigner(invocation, name, options.sign ?? DEFAULT_SIGNER);
  if (broker !== undefined && device !== undefined) return { broker, device, timeout, sign: signedBy(device) };
  // A broker may serve many devices: which one is meant must be said.
  if (broker !== undefined) throw new StepppsError("E_CLI_OPTION", "--broker needs --device");
  const running = findRunning(data);
  const name = device ?? running.device;
  return { broker: running.mqttUrl, device: name, timeout, sign: signedBy(name) };
}
