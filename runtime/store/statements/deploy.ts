import type { QueryTable, StatementTable } from "./column.ts";

/** Outcomes of deploys that are not over. */
const OPEN = "('running', 'waiting', 'probation')";

const DEPLOY = {
  number: "int",
  id: "text",
  plugin: "text",
  version: "text",
  previous: "text?",
  content: "text",
  source: "text",
  step: "text",
  outcome: "text",
  asks: "text",
  differences: "text",
  options: "text",
  code: "text?",
  detail: "text?",
  time: "int",
  millis: "int",
  starts: "int",
} as const;
const COLUMNS = Object.keys(DEPLOY).join(", ");
const MARKS = Object.keys(DEPLOY)
  .map(() => "?")
  .join(", ");

export const DEPLOY_STATEMENTS = {
  "deploy.put": {
    sql: `INSERT OR REPLACE INTO deploy (${COLUMNS}) VALUES (${MARKS})`,
    params: [
      "int",
      "text",
      "text",
      "text",
      "text?",
      "text",
      "text",
      "text",
      "text",
      "text",
      "text",
      "text",
      "text?",
      "text?",
      "int",
      "int",
      "int",
    ],
  },
  "deploy.keep": { sql: "INSERT OR REPLACE INTO deploy_envelope (number, envelope) VALUES (?, ?)", params: ["int", "blob"] },
  /** Of a plugin and a version, the last that came to be at work was taken back after all, with that code and detail. */
  "deploy.reject": {
    sql: `UPDATE deploy SET step = 'gate', outcome = 'rolled-back', code = ?3, detail = ?4
          WHERE number = (SELECT max(number) FROM deploy WHERE plugin = ?1 AND version = ?2 AND outcome = 'done')`,
    params: ["text", "text", "text", "text"],
  },
  "removal.set": { sql: "INSERT OR REPLACE INTO removal (plugin, version) VALUES (?, ?)", params: ["text", "text"] },
  "removal.delete": { sql: "DELETE FROM removal WHERE plugin = ?", params: ["text"] },
  "deploy.drop": { sql: "DELETE FROM deploy_envelope WHERE number = ?", params: ["int"] },
  "deploy.forget": { sql: "DELETE FROM deploy WHERE number = ?", params: ["int"] },
  /** Those that are over, up to this number; but for each plugin the last that was taken back: it is not tried again. */
  "deploy.trim": {
    sql: `DELETE FROM deploy WHERE number <= ? AND outcome NOT IN ${OPEN}
          AND number NOT IN (SELECT max(number) FROM deploy WHERE outcome = 'rolled-back' GROUP BY plugin)`,
    params: ["int"],
  },
  /** Settings in place of those in force, or of ?3 where none are written down; those of before the gate was opened stay to be put back. */
  "config.set": {
    sql: `INSERT INTO config (plugin, given, previous) VALUES (?1, ?2, ?3)
          ON CONFLICT (plugin) DO UPDATE SET given = ?2, previous = coalesce(previous, given)`,
    params: ["text", "text", "text?"],
  },
  "config.settle": { sql: "UPDATE config SET previous = NULL WHERE plugin = ?", params: ["text"] },
  "config.restore": {
    sql: "UPDATE config SET given = coalesce(previous, given), previous = NULL WHERE plugin = ?",
    params: ["text"],
  },
} as const satisfies StatementTable;

export const DEPLOY_QUERIES = {
  /** Not over yet, oldest first. */
  "deploy.open": { sql: `SELECT ${COLUMNS} FROM deploy WHERE outcome IN ${OPEN} ORDER BY number`, params: [], row: DEPLOY },
  /** Newest first. */
  "deploy.last": { sql: `SELECT ${COLUMNS} FROM deploy ORDER BY number DESC LIMIT ?`, params: ["int"], row: DEPLOY },
  /** Of a plugin and a content, those that were taken back, newest first. */
  "deploy.rejected": {
    sql: `SELECT ${COLUMNS} FROM deploy WHERE plugin = ? AND content = ? AND outcome = 'rolled-back' ORDER BY number DESC LIMIT 1`,
    params: ["text", "text"],
    row: DEPLOY,
  },
  /** By the beginning of its id (hex), newest first. */
  "deploy.find": {
    sql: `SELECT ${COLUMNS} FROM deploy WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY number DESC LIMIT 20`,
    params: ["text"],
    row: DEPLOY,
  },
  /**
   * The newest state before input ?3 that no other version's batch came after, or else the oldest of them: where a version's
   * recent history can be handled again.
   */
  "checkpoint.rehearsal": {
    sql: `SELECT seq, state FROM checkpoint
          WHERE plugin = ?1 AND seq > coalesce((SELECT max(seq) FROM batch WHERE plugin = ?1 AND version <> ?2), -1)
          ORDER BY seq > ?3, CASE WHEN seq > ?3 THEN seq ELSE -seq END LIMIT 1`,
    params: ["text", "text", "int"],
    row: { seq: "int", state: "blob" },
  },
  "config.one": {
    sql: "SELECT given, previous FROM config WHERE plugin = ?",
    params: ["text"],
    row: { given: "text", previous: "text?" },
  },
  "removal.one": { sql: "SELECT version FROM removal WHERE plugin = ?", params: ["text"], row: { version: "text" } },
  "deploy.envelope": {
    sql: "SELECT envelope FROM deploy_envelope WHERE number = ?",
    params: ["int"],
    row: { envelope: "blob" },
  },
} as const satisfies QueryTable;
