import { controlTopic, type SystemStatus } from "../../contract/index.ts";

/** What was counted before, and when: rates are what came since. */
export interface Sample {
  /** ms on any scale that only rises. */
  readonly time: number;
  readonly handled: ReadonlyMap<string, number>;
}

const MEGABYTE = 1_000_000;

export function sampleOf(status: SystemStatus, time: number): Sample {
  return { time, handled: new Map(status.plugins.map(({ name, handled }) => [name, handled])) };
}

/** What the entities of `discoveryConfig` show, by topic: JSON, from which each takes its part. */
export function homeAssistantStates(status: SystemStatus, before: Sample | undefined, time: number): Map<string, string> {
  const { counts, device, memoryBytes, startedAt, uplink } = status;
  const states = new Map<string, string>();
  const put = (what: string, value: object) => states.set(controlTopic.homeAssistant(device, what), JSON.stringify(value));
  put("device", {
    started: new Date(startedAt).toISOString(),
    memory: Math.round(memoryBytes / MEGABYTE),
    messages: counts.messagesIn,
    dropped: counts.dropped,
    ...(uplink && { uplink: uplink.connected ? "ON" : "OFF", waiting: uplink.waiting }),
  });
  for (const { name, deadLetters, handled, health, version } of status.plugins) {
    const since = before?.handled.get(name);
    const seconds = before ? (time - before.time) / 1000 : 0;
    put(`plugin/${name}`, {
      health,
      problem: health === "paused" || health === "backing-off" ? "ON" : "OFF",
      version,
      handled,
      rate: since === undefined || seconds <= 0 ? 0 : Math.round((Math.max(0, handled - since) / seconds) * 10) / 10,
      letters: deadLetters,
    });
  }
  return states;
}
