import type { QueryTable, StatementTable } from "./column.ts";

export const TRUST_STATEMENTS = {
  "trust.role.set": {
    sql: "INSERT OR REPLACE INTO trust_role (role, version, envelope) VALUES (?, ?, ?)",
    params: ["text", "int", "blob"],
  },
  "trust.role.delete": { sql: "DELETE FROM trust_role WHERE role = ?", params: ["text"] },
  "trust.dropped.set": {
    sql: "INSERT OR REPLACE INTO trust_dropped (role, version, time) VALUES (?, ?, ?)",
    params: ["text", "int", "int"],
  },
  "trust.dropped.delete": { sql: "DELETE FROM trust_dropped WHERE role = ?", params: ["text"] },
  "trust.floor.set": { sql: "INSERT OR REPLACE INTO trust_floor (component, version) VALUES (?, ?)", params: ["text", "text"] },
  "trust.floor.delete": { sql: "DELETE FROM trust_floor WHERE component = ?", params: ["text"] },
  /** Fails with E_STORE_CONFLICT when it was obeyed already. */
  "trust.command.add": { sql: "INSERT INTO trust_command (nonce, time) VALUES (?, ?)", params: ["text", "int"] },
  "trust.command.trim": { sql: "DELETE FROM trust_command WHERE time < ?", params: ["int"] },
} as const satisfies StatementTable;

export const TRUST_QUERIES = {
  "trust.roles": {
    sql: "SELECT role, version, envelope FROM trust_role",
    params: [],
    row: { role: "text", version: "int", envelope: "blob" },
  },
  "trust.dropped": {
    sql: "SELECT role, version, time FROM trust_dropped",
    params: [],
    row: { role: "text", version: "int", time: "int" },
  },
  "trust.floor": { sql: "SELECT version FROM trust_floor WHERE component = ?", params: ["text"], row: { version: "text" } },
  /** Of those before a time. */
  "trust.command.newest": {
    sql: "SELECT max(time) AS time FROM trust_command WHERE time < ?",
    params: ["int"],
    row: { time: "int?" },
  },
  "trust.floors": { sql: "SELECT component, version FROM trust_floor", params: [], row: { component: "text", version: "text" } },
} as const satisfies QueryTable;
