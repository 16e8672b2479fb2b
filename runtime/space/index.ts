export * from "./probe.ts";
export * from "./reading.ts";
export * from "./readings.ts";
