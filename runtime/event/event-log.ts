import type { SystemEvent } from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";

export type EventListener = (event: SystemEvent) => void;

/** What happened on this device, newest kept: on disk for later, to listeners at once. */
export interface EventLog {
  emit(event: Omit<SystemEvent, "time">): void;
  /** Calls `listener` from now on; returns what ends it. */
  listen(listener: EventListener): () => void;
  /** The newest events kept in memory, oldest first. */
  recent(): readonly SystemEvent[];
}

const KEPT_IN_MEMORY = 200;
const KEPT_ON_DISK = 5_000;
const TRIM_EVERY = 500;
/** Events of one second beyond this are counted, not kept: a plugin that fails in a loop must not wear the card out. */
const PER_SECOND = 50;

export function createEventLog(journal: Pick<Journal, "commit">, clock: Clock): EventLog {
  const listeners = new Set<EventListener>();
  const recent: SystemEvent[] = [];
  let second = 0;
  let inSecond = 0;
  let sinceTrim = 0;

  const keep = (event: SystemEvent) => {
    recent.push(event);
    if (recent.length > KEPT_IN_MEMORY) recent.shift();
    const { time, kind, level, plugin = null, code = null, text } = event;
    sinceTrim++;
    const trim = sinceTrim >= TRIM_EVERY;
    if (trim) sinceTrim = 0;
    // An event that the disk has no room for is still shown; the disk's own trouble is reported by whoever met it.
    journal
      .commit([["event.add", time, kind, level, plugin, code, text], ...(trim ? [["event.trim", KEPT_ON_DISK] as const] : [])])
      .catch(() => {});
    for (const listener of listeners) listener(event);
  };

  return {
    emit(event) {
      const time = clock.now();
      const now = Math.floor(clock.monotonic() / 1000);
      if (now !== second) {
        const missed = inSecond - PER_SECOND;
        second = now;
        inSecond = 0;
        if (missed > 0)
          keep({ time, kind: "plugin.log", level: "warn", text: `${missed} more events in one second were not kept` });
      }
      if (inSecond++ < PER_SECOND) keep({ time, ...event });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recent: () => recent,
  };
}
