import { type SampleView, sampleEvent, samplePlugin, sampleView } from "../../support/sample-view.ts";

const MINUTE = 60_000;

/** A device where something is going on: one plugin of each health, events, counters. */
export function busyView(): SampleView {
  const now = Date.now();
  const plugins = [
    samplePlugin("motion-light", {
      version: "1.2.0",
      handled: 182_345,
      published: 3_210,
      timers: 4,
      canary: { version: "1.3.0", percent: 10 },
    }),
    samplePlugin("cold-chain-alarm", { version: "1.0.3", handled: 84_120, published: 12, timers: 2 }),
    samplePlugin("telemetry-windows", { version: "2.1.0", durability: "memory", handled: 1_204_882, published: 20_081 }),
    samplePlugin("power-peak-limiter", {
      version: "0.3.1",
      health: "backing-off",
      handled: 9_120,
      failures: 7,
      queued: 42,
      previousVersion: "0.3.0",
      probationUntil: now + 42_000,
      calls: { count: 9_120, p50: 0.3, p99: 2.5, max: 31, total: 3_000, traps: 7, deadlines: 0, lagP99: 14 },
      lastError: "E_GUEST_TRAP: out of bounds memory access at onReading (plugin.ts:41)",
    }),
    samplePlugin("presence-simulation", { health: "starting" }),
    samplePlugin("sensor-vote", {
      version: "1.4.0",
      health: "paused",
      failures: 25,
      deadLetters: 3,
      lastError: "E_GUEST_DEADLINE: 50 ms",
    }),
  ];
  const events = [
    sampleEvent({ time: now - 90 * MINUTE, kind: "supervisor.started", text: "started with 6 plugins" }),
    sampleEvent({ time: now - 20 * MINUTE, kind: "plugin.deployed", plugin: "power-peak-limiter", text: "0.3.1 replaced 0.3.0" }),
    sampleEvent({
      time: now - 2 * MINUTE,
      kind: "plugin.log",
      plugin: "cold-chain-alarm",
      text: "fridge/2 back below 8 °C after 4 min",
    }),
    sampleEvent({
      time: now - MINUTE,
      kind: "plugin.failed",
      level: "warn",
      plugin: "power-peak-limiter",
      code: "E_GUEST_TRAP",
      text: "failed on meters/main/power; tried again in 2 s",
    }),
  ];
  const uplink = { url: "mqtts://example.org", connected: false, waiting: 1_204 };
  const storage = {
    journalBytes: 12 * 1024 ** 2,
    limitBytes: 256 * 1024 ** 2,
    writtenTodayBytes: 730 * 1024 ** 2,
    budgetBytes: 2 * 1024 ** 3,
  };
  return sampleView(
    { uplink, storage, plugins, counts: { messagesIn: 1_524_882, messagesOut: 24_274, dropped: 0, deadLetters: 3 } },
    events,
  );
}
