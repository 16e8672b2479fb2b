export { type BootControl, bootControl, installSteps, runningSlot, type SlotFiles } from "./boot-control.ts";
export { chooseDirect } from "./direct.ts";
export type { Restart } from "./loader.ts";
export { uBootScript } from "./u-boot.ts";
export type { BootFiles, BootStep, BootVolume, Measured } from "./volume.ts";
