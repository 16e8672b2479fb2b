import { LOG_LEVELS, type LogLevel, type SystemEvent, type View } from "../../contract/index.ts";

export interface JsonLogOptions {
  readonly events: View["events"];
  readonly out: Pick<NodeJS.WriteStream, "write" | "writableLength">;
  /** What is less than this is left out. */
  readonly level?: LogLevel;
}

/** Bytes that wait for a reader of the log that does not read; what comes then is counted and left out. */
const BACKLOG_BYTES = 1024 * 1024;
const MAX_TEXT = 4_096;

/**
 * The event log as one JSON object a line, for whatever collects it (systemd-journald, Loki, Vector):
 *
 *   {"time":"2026-11-23T20:15:00.123Z","level":"error","kind":"plugin.failed","plugin":"lamp","code":"E_GUEST_TRAP","text":"…","trace":"4bf9…"}
 *
 * `time` is RFC 3339 in UTC; what an event does not have is left out. Begins with what happened before. The event log bounds how
 * many come a second and takes secrets out. Returns what ends it.
 */
export function jsonLog({ events, out, level = "debug" }: JsonLogOptions): () => void {
  const least = LOG_LEVELS.indexOf(level);
  let missed = 0;
  const print = (event: SystemEvent) => {
    if (LOG_LEVELS.indexOf(event.level) < least) return;
    if (out.writableLength > BACKLOG_BYTES) return void missed++;
    if (missed > 0) {
      const text = `${missed} lines were not written: nobody read them`;
      out.write(logLine({ time: event.time, level: "warn", kind: "supervisor.trouble", text }));
      missed = 0;
    }
    out.write(logLine(event));
  };
  for (const event of events.recent()) print(event);
  return events.listen(print);
}

/** One event as a line of ASCII controls-free JSON: no event can end the line, or steer a terminal that shows it. */
export function logLine({ time, level, kind, plugin, code, text, trace }: SystemEvent): string {
  const clipped = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  const line = JSON.stringify({ time: new Date(time).toISOString(), level, kind, plugin, code, text: clipped, trace });
  return `${line.replace(/[\u007f-\u009f\u2028\u2029]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
