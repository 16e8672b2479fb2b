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
/** Of them so many that plugins write: what one says in a loop must not hide what the device has to tell. */
const LOGS_PER_SECOND = 40;
/** And of what was refused: strangers can have that said as often as they like. */
const REFUSALS_PER_SECOND = 10;

/** `keep`: how many the disk holds, asked each time they are trimmed; 5000 where it says undefined. */
export function createEventLog(
  journal: Pick<Journal, "commit">,
  clock: Clock,
  keep: () => number | undefined = () => undefined,
): EventLog {
  const listeners = new Set<EventListener>();
  const recent: SystemEvent[] = [];
  let second = 0;
  let inSecond = 0;
  let logs = 0;
  let refusals = 0;
  let missed = 0;
  let sinceTrim = 0;

  const add = (event: SystemEvent) => {
    recent.push(event);
    if (recent.length > KEPT_IN_MEMORY) recent.shift();
    const { time, kind, level, plugin = null, code = null, text, trace = null } = event;
    sinceTrim++;
    const trim = sinceTrim >= TRIM_EVERY;
    if (trim) sinceTrim = 0;
    // An event that the disk has no room for is still shown; the disk's own trouble is reported by whoever met it.
    journal
      .commit([
        ["event.add", time, kind, level, plugin, code, text, trace],
        ...(trim ? [["event.trim", keep() ?? KEPT_ON_DISK] as const] : []),
      ])
      .catch(() => {});
    for (const listener of listeners) listener(event);
  };

  return {
    emit(event) {
      const time = clock.now();
      const now = Math.floor(clock.monotonic() / 1000);
      if (now !== second) {
        const left = missed;
        second = now;
        inSecond = 0;
        logs = 0;
        refusals = 0;
        missed = 0;
        if (left > 0) add({ time, kind: "plugin.log", level: "warn", text: `${left} more events in one second were not kept` });
      }
      const log = event.kind === "plugin.log";
      const refusal = event.kind.endsWith(".refused");
      const mayAdd = inSecond < PER_SECOND && !(log && logs >= LOGS_PER_SECOND) && !(refusal && refusals >= REFUSALS_PER_SECOND);
      if (!mayAdd) return void missed++;
      inSecond++;
      if (log) logs++;
      if (refusal) refusals++;
      add({ time, ...event, text: withoutPasswords(event.text) });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recent: () => recent,
  };
}

/** An address may hold a user name and a password, and an error may hold an address [RFC 3986 3.2.1]. */
function withoutPasswords(text: string): string {
  return text.includes("://") ? text.replace(/(:\/\/)[^\s/@]*@/g, "$1…@") : text;
}
