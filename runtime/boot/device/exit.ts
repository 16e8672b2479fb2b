/** What the supervisor asks of PID 1 by its exit code (kernel/init); any other one means: start it again. */
export const DEVICE_EXIT = { again: 0, failed: 1, reboot: 64, powerOff: 65, factoryReset: 66 } as const;

/** What a person can ask of the machine. */
export const DEVICE_ENDS = {
  reboot: DEVICE_EXIT.reboot,
  poweroff: DEVICE_EXIT.powerOff,
  "factory-reset": DEVICE_EXIT.factoryReset,
} as const;
export type DeviceEnd = keyof typeof DEVICE_ENDS;

export type DeviceExit = (typeof DEVICE_EXIT)[keyof typeof DEVICE_EXIT];
