import type { QueryTable, StatementTable } from "./column.ts";

export const TRANSFER_STATEMENTS = {
  "transfer.begin": {
    sql: "INSERT OR REPLACE INTO transfer (id, time, offer) VALUES (?, ?, ?)",
    params: ["text", "int", "blob"],
  },
  "transfer.chunk": {
    sql: "INSERT OR IGNORE INTO transfer_chunk (transfer, number, data) VALUES (?, ?, ?)",
    params: ["text", "int", "blob"],
  },
  "transfer.end": {
    sql: ["DELETE FROM transfer WHERE id = ?", "DELETE FROM transfer_chunk WHERE transfer = ?"],
    params: ["text"],
  },
} as const satisfies StatementTable;

export const TRANSFER_QUERIES = {
  /** Oldest first. */
  "transfer.all": {
    sql: "SELECT id, time, offer FROM transfer ORDER BY time, id",
    params: [],
    row: { id: "text", time: "int", offer: "blob" },
  },
  "transfer.have": {
    sql: "SELECT number FROM transfer_chunk WHERE transfer = ? ORDER BY number",
    params: ["text"],
    row: { number: "int" },
  },
  "transfer.chunks": {
    sql: "SELECT number, data FROM transfer_chunk WHERE transfer = ? ORDER BY number",
    params: ["text"],
    row: { number: "int", data: "blob" },
  },
  /** Envelopes of versions, newest first; they stay where they are. */
  "transfer.stored": {
    sql: "SELECT id, length(envelope) AS bytes FROM version ORDER BY time DESC, id LIMIT ?",
    params: ["int"],
    row: { id: "text", bytes: "int" },
  },
  "transfer.envelope": {
    sql: "SELECT envelope FROM version WHERE id = ? LIMIT 1",
    params: ["text"],
    row: { envelope: "blob" },
  },
} as const satisfies QueryTable;
