export * from "./alarm-queue.ts";
export * from "./schedule.ts";
