import type { QueryTable, StatementTable } from "./column.ts";

/** Changes that a version on probation makes, and one that is taken back. */
export const ROLLBACK_STATEMENTS = {
  "probation.set": {
    sql: `INSERT OR REPLACE INTO probation
          (plugin, version, previous, seq, since, state, timers, requests, waiting, schedules, handlers, jumps, record)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    params: ["text", "text", "text", "int", "int", "blob", "blob", "blob", "text", "text", "text", "text", "text"],
  },
  /** Another version is on probation in place of the one that was. */
  "probation.move": {
    sql: "UPDATE probation SET version = ?2, since = ?3, handlers = ?4 WHERE plugin = ?1",
    params: ["text", "text", "int", "text"],
  },
  "probation.jumps": { sql: "UPDATE probation SET jumps = ?2 WHERE plugin = ?1", params: ["text", "text"] },
  "probation.delete": { sql: "DELETE FROM probation WHERE plugin = ?", params: ["text"] },

  "rerun.set": {
    sql: `INSERT OR REPLACE INTO rerun (plugin, source, version, next, end, handlers, jumps, later)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    params: ["text", "text", "text", "int", "int", "text", "text", "text?"],
  },
  "rerun.next": { sql: "UPDATE rerun SET next = ?2 WHERE plugin = ?1", params: ["text", "int"] },
  "rerun.jumps": {
    sql: "UPDATE rerun SET jumps = ?2, later = ?3 WHERE plugin = ?1",
    params: ["text", "text", "text?"],
  },
  "rerun.delete": { sql: "DELETE FROM rerun WHERE plugin = ?", params: ["text"] },
} as const satisfies StatementTable;

/** Questions about what a rollback needs, and how far one is. */
export const ROLLBACK_QUERIES = {
  /** Without the large parts. */
  "probation.head": {
    sql: "SELECT version, previous, seq, since, handlers, jumps, record FROM probation WHERE plugin = ?",
    params: ["text"],
    row: { version: "text", previous: "text", seq: "int", since: "int", handlers: "text", jumps: "text", record: "text" },
  },
  "probation.kept": {
    sql: "SELECT state, timers, requests, waiting, schedules FROM probation WHERE plugin = ?",
    params: ["text"],
    row: { state: "blob", timers: "blob", requests: "blob", waiting: "text", schedules: "text" },
  },
  "rerun.one": {
    sql: "SELECT source, version, next, end, handlers, jumps, later FROM rerun WHERE plugin = ?",
    params: ["text"],
    row: { source: "text", version: "text", next: "int", end: "int", handlers: "text", jumps: "text", later: "text?" },
  },
} as const satisfies QueryTable;
