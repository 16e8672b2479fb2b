/** What the supervisor asks of PID 1 by its exit code (kernel/init); any other one means: start it again. */
export const DEVICE_EXIT = { again: 0, failed: 1, reboot: 64, powerOff: 65, factoryReset: 66 } as const;
export type DeviceExit = (typeof DEVICE_EXIT)[keyof typeof DEVICE_EXIT];
