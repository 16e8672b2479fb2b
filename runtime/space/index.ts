export { type Disk, findDisk } from "./machine/block-device.ts";
export { DailyWrites, type DayRow, parseDayRow } from "./machine/daily-writes.ts";
export * from "./probe.ts";
export * from "./reading.ts";
export * from "./readings.ts";
