import type { QueryTable, StatementTable } from "./column.ts";

/** Changes to what plugins have asked of models. */
export const INFERENCE_STATEMENTS = {
  "inference.set": {
    sql: `INSERT OR REPLACE INTO inference (plugin, seq, place, model, tag, asked, deadline, tensors)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    params: ["text", "int", "int", "text", "text", "int", "int", "blob"],
  },
  "inference.delete": {
    sql: "DELETE FROM inference WHERE plugin = ? AND seq = ? AND place = ?",
    params: ["text", "int", "int"],
  },
  "inference.clear": { sql: "DELETE FROM inference WHERE plugin = ?", params: ["text"] },
} as const satisfies StatementTable;

/** Questions about that. */
export const INFERENCE_QUERIES = {
  /** In the order in which they were asked. */
  "inference.all": {
    sql: "SELECT seq, place, model, tag, asked, deadline, tensors FROM inference WHERE plugin = ? ORDER BY seq, place",
    params: ["text"],
    row: { seq: "int", place: "int", model: "text", tag: "text", asked: "int", deadline: "int", tensors: "blob" },
  },
} as const satisfies QueryTable;
