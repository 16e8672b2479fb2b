import type { LiveMessage, PluginStatus, SystemEvent, SystemStatus, View } from "../../runtime/contract/index.ts";

/** A view that a test feeds: what PIXEL draws, without a supervisor behind it. */
export interface SampleView extends View {
  set(change: Partial<SystemStatus>): void;
  emit(event: SystemEvent): void;
  pass(message: LiveMessage): void;
  /** How many listen to messages now. */
  readonly listeners: number;
}

export function sampleView(initial: Partial<SystemStatus> = {}, past: readonly SystemEvent[] = []): SampleView {
  let status = { ...sampleStatus(), ...initial };
  const recent = [...past];
  const eventListeners = new Set<(event: SystemEvent) => void>();
  const messageListeners = new Set<(message: LiveMessage) => void>();
  return {
    status: () => status,
    events: { listen: listenTo(eventListeners), recent: () => recent },
    messages: { listen: listenTo(messageListeners) },
    set(change) {
      status = { ...status, ...change };
    },
    emit(event) {
      recent.push(event);
      for (const listener of eventListeners) listener(event);
    },
    pass(message) {
      for (const listener of messageListeners) listener(message);
    },
    get listeners() {
      return messageListeners.size;
    },
  };
}

export function sampleStatus(): SystemStatus {
  return {
    device: "workshop",
    version: "0.1.0",
    startedAt: Date.now() - 3 * 3_600_000,
    mqtt: { url: "mqtt://127.0.0.1:1883", clients: 3 },
    web: { url: "http://127.0.0.1:8080/" },
    counts: { messagesIn: 0, messagesOut: 0, dropped: 0, deadLetters: 0 },
    memoryBytes: 84 * 1024 * 1024,
    plugins: [],
  };
}

export function samplePlugin(name: string, change: Partial<PluginStatus> = {}): PluginStatus {
  return {
    name,
    version: "1.0.0",
    health: "healthy",
    durability: "durable",
    handled: 0,
    published: 0,
    failures: 0,
    deadLetters: 0,
    queued: 0,
    timers: 0,
    memoryBytes: 1_310_720,
    calls: { count: 0, p50: 0, p99: 0, max: 0, total: 0, traps: 0, deadlines: 0, lagP99: 0 },
    ...change,
  };
}

export function sampleMessage(change: Partial<LiveMessage> = {}): LiveMessage {
  const preview = change.preview ?? '{"temperature":21.5}';
  return { time: Date.now(), direction: "in", topic: "sensors/hall/temperature", bytes: preview.length, preview, ...change };
}

export function sampleEvent(change: Partial<SystemEvent> = {}): SystemEvent {
  return { time: Date.now(), kind: "plugin.log", level: "info", text: "hello", ...change };
}

function listenTo<T>(listeners: Set<(value: T) => void>) {
  return (listener: (value: T) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}
