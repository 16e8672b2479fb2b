export * from "./clock.ts";
export * from "./faults.ts";
