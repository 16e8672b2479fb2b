import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "./with-device.ts";

const SAID = {
  reboot: "starts again",
  poweroff: "switches itself off",
  "factory-reset": "starts again as a new one",
} as const;

/** Asks a device to end as a machine. */
export async function endDevice(invocation: Invocation<DeviceOptions>, how: keyof typeof SAID): Promise<undefined> {
  const value = (await withDevice(invocation, (device) => device.ask(`device-${how}`))) as { readonly device: string };
  invocation.out.result(value, () => `${value.device} ${SAID[how]}`);
  return undefined;
}
