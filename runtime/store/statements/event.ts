import type { QueryTable, StatementTable } from "./column.ts";

export const EVENT_STATEMENTS = {
  "event.add": {
    sql: "INSERT INTO event (time, kind, level, plugin, code, text, trace) VALUES (?, ?, ?, ?, ?, ?, ?)",
    params: ["int", "text", "text", "text?", "text?", "text", "text?"],
  },
  /** Keeps the newest so many. */
  "event.trim": { sql: "DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - ?", params: ["int"] },
  "meta.set": { sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", params: ["text", "text"] },
} as const satisfies StatementTable;

const EVENT = { time: "int", kind: "text", level: "text", plugin: "text?", code: "text?", text: "text", trace: "text?" } as const;

export const EVENT_QUERIES = {
  /** Newest first. */
  "event.last": {
    sql: "SELECT time, kind, level, plugin, code, text, trace FROM event ORDER BY number DESC LIMIT ?",
    params: ["int"],
    row: EVENT,
  },
  /** Those of one plugin, newest first. */
  "event.of": {
    sql: "SELECT time, kind, level, plugin, code, text, trace FROM event WHERE plugin = ? ORDER BY number DESC LIMIT ?",
    params: ["text", "int"],
    row: EVENT,
  },
  "meta.one": { sql: "SELECT value FROM meta WHERE key = ?", params: ["text"], row: { value: "text" } },
} as const satisfies QueryTable;
