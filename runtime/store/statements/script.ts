import type { QueryTable, StatementTable } from "./column.ts";

/** Changes that the plugin host makes. Parameters are in the order of the `?`s, which is the order of the columns. */
export const SCRIPT_STATEMENTS = {
  "batch.add": {
    sql: "INSERT INTO batch (plugin, seq, count, version, inputs, effects) VALUES (?, ?, ?, ?, ?, ?)",
    params: ["text", "int", "int", "text", "blob", "blob"],
  },
  "batch.trim": { sql: "DELETE FROM batch WHERE plugin = ? AND seq < ?", params: ["text", "int"] },
  /** Which of its outputs are not sent. */
  "batch.withhold": {
    sql: "UPDATE batch SET withheld = ?3 WHERE plugin = ?1 AND seq = ?2",
    params: ["text", "int", "blob"],
  },
  /** None of the outputs of batches after seq, before end, is sent. */
  "batch.withhold-all": {
    sql: "UPDATE batch SET withheld = x'' WHERE plugin = ?1 AND seq > ?2 AND seq < ?3",
    params: ["text", "int", "int"],
  },
  "sent.set": { sql: "INSERT OR REPLACE INTO sent (plugin, seq) VALUES (?, ?)", params: ["text", "int"] },

  "state.set": { sql: "INSERT OR REPLACE INTO state (plugin, key, value) VALUES (?, ?, ?)", params: ["text", "text", "blob"] },
  "state.delete": { sql: "DELETE FROM state WHERE plugin = ? AND key = ?", params: ["text", "text"] },
  "state.clear": { sql: "DELETE FROM state WHERE plugin = ?", params: ["text"] },

  "timer.set": {
    sql: "INSERT OR REPLACE INTO timer (plugin, name, due, payload) VALUES (?, ?, ?, ?)",
    params: ["text", "text", "int", "blob"],
  },
  "timer.delete": { sql: "DELETE FROM timer WHERE plugin = ? AND name = ?", params: ["text", "text"] },
  "timer.clear": { sql: "DELETE FROM timer WHERE plugin = ?", params: ["text"] },

  "schedule.set": {
    sql: "INSERT OR REPLACE INTO schedule (plugin, handler, due) VALUES (?, ?, ?)",
    params: ["text", "int", "int"],
  },
  "schedule.clear": { sql: "DELETE FROM schedule WHERE plugin = ?", params: ["text"] },

  "pending.add": {
    sql: "INSERT INTO pending (plugin, id, attempts, nextAt, input, method) VALUES (?, ?, ?, ?, ?, ?)",
    params: ["text", "text", "int", "int", "blob", "text?"],
  },
  "pending.retry": {
    sql: "UPDATE pending SET attempts = ?3, nextAt = ?4 WHERE plugin = ?1 AND id = ?2",
    params: ["text", "text", "int", "int"],
  },
  "pending.delete": { sql: "DELETE FROM pending WHERE plugin = ? AND id = ?", params: ["text", "text"] },

  "dead.add": {
    sql: "INSERT INTO dead (plugin, id, version, time, code, detail, input, method) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    params: ["text", "text", "text", "int", "text", "text", "blob", "text?"],
  },
  /** Keeps a plugin's newest so many. */
  "dead.trim": {
    sql: `DELETE FROM dead WHERE plugin = ?1
          AND arrival <= (SELECT arrival FROM dead WHERE plugin = ?1 ORDER BY arrival DESC LIMIT 1 OFFSET ?2)`,
    params: ["text", "int"],
  },
  "dead.delete": { sql: "DELETE FROM dead WHERE plugin = ? AND id = ?", params: ["text", "text"] },

  "seen.add": { sql: "INSERT OR REPLACE INTO seen (scope, id, time) VALUES (?, ?, ?)", params: ["text", "text", "int"] },
  "seen.trim": { sql: "DELETE FROM seen WHERE time < ?", params: ["int"] },

  "plugin.set": {
    sql: "INSERT OR REPLACE INTO plugin (name, version, previousVersion, seed, paused, nextSeq) VALUES (?, ?, ?, ?, ?, ?)",
    params: ["text", "text", "text?", "blob", "int", "int"],
  },
  /** Back to an older version, after which there is none to go back to. */
  "plugin.revert": {
    sql: "UPDATE plugin SET version = ?2, previousVersion = NULL, paused = 0, nextSeq = max(nextSeq, ?3) WHERE name = ?1",
    params: ["text", "text", "int"],
  },
  "plugin.delete": {
    sql: [
      "DELETE FROM plugin WHERE name = ?",
      "DELETE FROM version WHERE name = ?",
      "DELETE FROM state WHERE plugin = ?",
      "DELETE FROM timer WHERE plugin = ?",
      "DELETE FROM inference WHERE plugin = ?",
      "DELETE FROM schedule WHERE plugin = ?",
      "DELETE FROM sent WHERE plugin = ?",
      "DELETE FROM pending WHERE plugin = ?",
      "DELETE FROM dead WHERE plugin = ?",
      "DELETE FROM checkpoint WHERE plugin = ?",
      "DELETE FROM batch WHERE plugin = ?",
      "DELETE FROM config WHERE plugin = ?",
      "DELETE FROM probation WHERE plugin = ?",
      "DELETE FROM rerun WHERE plugin = ?",
      "DELETE FROM trial WHERE plugin = ?",
    ],
    params: ["text"],
  },

  /** A plugin's version on trial, under its own name; it goes with `plugin.delete`. */
  "trial.set": {
    sql: "INSERT OR REPLACE INTO trial (plugin, seed, version, handlers, jumps) VALUES (?, ?, ?, ?, ?)",
    params: ["text", "blob", "text", "text", "text"],
  },
  "trial.jumps": { sql: "UPDATE trial SET jumps = ?2 WHERE plugin = ?1", params: ["text", "text"] },

  "version.add": {
    sql: "INSERT OR REPLACE INTO version (name, version, id, time, envelope) VALUES (?, ?, ?, ?, ?)",
    params: ["text", "text", "text", "int", "blob"],
  },
  "version.delete": { sql: "DELETE FROM version WHERE name = ? AND version = ?", params: ["text", "text"] },

  "checkpoint.set": {
    sql: "INSERT OR REPLACE INTO checkpoint (plugin, seq, version, state, settings) VALUES (?, ?, ?, ?, ?)",
    params: ["text", "int", "text", "blob", "blob?"],
  },
  "checkpoint.trim": { sql: "DELETE FROM checkpoint WHERE plugin = ? AND seq < ?", params: ["text", "int"] },
} as const satisfies StatementTable;

const BATCH = { seq: "int", count: "int", version: "text", inputs: "blob", effects: "blob" } as const;
const PLUGIN = {
  name: "text",
  version: "text",
  previousVersion: "text?",
  seed: "blob",
  paused: "int",
  nextSeq: "int",
} as const;
const DEAD = { plugin: "text", id: "text", version: "text", time: "int", code: "text", detail: "text" } as const;

/** Questions that the plugin host asks. */
export const SCRIPT_QUERIES = {
  /** Batches that begin after input `seq`, oldest first. */
  "batch.after": {
    sql: "SELECT seq, count, version, inputs, effects FROM batch WHERE plugin = ? AND seq > ? ORDER BY seq LIMIT ?",
    params: ["text", "int", "int"],
    row: BATCH,
  },
  /** Newest first. */
  "batch.last": {
    sql: "SELECT seq, count, version, inputs, effects FROM batch WHERE plugin = ? ORDER BY seq DESC LIMIT ?",
    params: ["text", "int"],
    row: BATCH,
  },
  /** Batches whose outputs are not known to be delivered, oldest first. */
  "batch.unsent": {
    sql: `SELECT seq, count, version, inputs, effects, withheld FROM batch
          WHERE plugin = ?1 AND seq > coalesce((SELECT seq FROM sent WHERE plugin = ?1), -1) ORDER BY seq`,
    params: ["text"],
    row: { ...BATCH, withheld: "blob?" },
  },
  /** Batches with any input from number ?2 on that begin before ?3, oldest first. No batch has as many as 1024. */
  "batch.range": {
    sql: `SELECT seq, count, version, inputs, effects, withheld FROM batch
          WHERE plugin = ?1 AND seq > ?2 - 1024 AND seq + count > ?2 AND seq < ?3 ORDER BY seq LIMIT ?4`,
    params: ["text", "int", "int", "int"],
    row: { ...BATCH, withheld: "blob?" },
  },
  /** One row. firstSeq and lastSeq are null when there are none; bytes are those of inputs and effects. */
  "batch.stats": {
    sql: `SELECT count(*) AS batches, min(seq) AS firstSeq, max(seq) AS lastSeq,
            coalesce(sum(length(inputs) + length(effects)), 0) AS bytes
          FROM batch WHERE plugin = ?`,
    params: ["text"],
    row: { batches: "int", firstSeq: "int?", lastSeq: "int?", bytes: "int" },
  },
  "state.all": {
    sql: "SELECT key, value FROM state WHERE plugin = ? ORDER BY key",
    params: ["text"],
    row: { key: "text", value: "blob" },
  },
  "timer.all": {
    sql: "SELECT name, due, payload FROM timer WHERE plugin = ? ORDER BY due, name",
    params: ["text"],
    row: { name: "text", due: "int", payload: "blob" },
  },
  "schedule.all": {
    sql: "SELECT handler, due FROM schedule WHERE plugin = ? ORDER BY handler",
    params: ["text"],
    row: { handler: "int", due: "int" },
  },
  /** In the order of arrival. */
  "pending.all": {
    sql: "SELECT id, attempts, nextAt, input, method FROM pending WHERE plugin = ? ORDER BY arrival",
    params: ["text"],
    row: { id: "text", attempts: "int", nextAt: "int", input: "blob", method: "text?" },
  },
  /** Numbers from ?2 on, below ?3, in their order. */
  "pending.range": {
    sql: `SELECT CAST(id AS INTEGER) AS number, input, method FROM pending
          WHERE plugin = ?1 AND CAST(id AS INTEGER) >= ?2 AND CAST(id AS INTEGER) < ?3 ORDER BY number LIMIT ?4`,
    params: ["text", "int", "int", "int"],
    row: { number: "int", input: "blob", method: "text?" },
  },
  /** One row for each plugin that has any. */
  "pending.count": {
    sql: "SELECT plugin, count(*) AS count FROM pending GROUP BY plugin",
    params: [],
    row: { plugin: "text", count: "int" },
  },
  /** Newest first, of one plugin or (null) of all; the input stays where it is. */
  "dead.all": {
    sql: `SELECT plugin, id, version, time, code, detail, length(input) AS inputBytes FROM dead
          WHERE ?1 IS NULL OR plugin = ?1 ORDER BY arrival DESC LIMIT ?2`,
    params: ["text?", "int"],
    row: { ...DEAD, inputBytes: "int" },
  },
  "dead.one": {
    sql: "SELECT plugin, id, version, time, code, detail, input, method FROM dead WHERE plugin = ? AND id = ?",
    params: ["text", "text"],
    row: { ...DEAD, input: "blob", method: "text?" },
  },
  /** Numbers from ?2 on, below ?3, in their order. */
  "dead.range": {
    sql: `SELECT CAST(id AS INTEGER) AS number, version, input, method FROM dead
          WHERE plugin = ?1 AND CAST(id AS INTEGER) >= ?2 AND CAST(id AS INTEGER) < ?3 ORDER BY number LIMIT ?4`,
    params: ["text", "int", "int", "int"],
    row: { number: "int", version: "text", input: "blob", method: "text?" },
  },
  /** One row for each plugin that has any. */
  "dead.count": {
    sql: "SELECT plugin, count(*) AS count FROM dead GROUP BY plugin",
    params: [],
    row: { plugin: "text", count: "int" },
  },
  /** One row when that id was seen. */
  "seen.one": { sql: "SELECT time FROM seen WHERE scope = ? AND id = ?", params: ["text", "text"], row: { time: "int" } },
  /** Newest first. */
  "seen.recent": {
    sql: "SELECT scope, id, time FROM seen ORDER BY time DESC LIMIT ?",
    params: ["int"],
    row: { scope: "text", id: "text", time: "int" },
  },
  "plugin.all": {
    sql: "SELECT name, version, previousVersion, seed, paused, nextSeq FROM plugin ORDER BY name",
    params: [],
    row: PLUGIN,
  },
  "trial.all": {
    sql: "SELECT plugin, jumps FROM trial ORDER BY plugin",
    params: [],
    row: { plugin: "text", jumps: "text" },
  },
  "trial.one": {
    sql: "SELECT seed, version, handlers FROM trial WHERE plugin = ?",
    params: ["text"],
    row: { seed: "blob", version: "text", handlers: "text" },
  },
  "plugin.one": {
    sql: "SELECT name, version, previousVersion, seed, paused, nextSeq FROM plugin WHERE name = ?",
    params: ["text"],
    row: PLUGIN,
  },
  /** Newest first; the envelope stays where it is. */
  "version.all": {
    sql: "SELECT version, id, time, length(envelope) AS envelopeBytes FROM version WHERE name = ? ORDER BY time DESC, version",
    params: ["text"],
    row: { version: "text", id: "text", time: "int", envelopeBytes: "int" },
  },
  "version.one": {
    sql: "SELECT version, id, time, envelope FROM version WHERE name = ? AND version = ?",
    params: ["text", "text"],
    row: { version: "text", id: "text", time: "int", envelope: "blob" },
  },
  /** The oldest of a version: where its replay begins. */
  "checkpoint.first": {
    sql: "SELECT version, seq, state FROM checkpoint WHERE plugin = ? AND version = ? ORDER BY seq LIMIT 1",
    params: ["text", "text"],
    row: { version: "text", seq: "int", state: "blob" },
  },
  /** Oldest first. bytes: of the state there and of the batches up to the next checkpoint. */
  "checkpoint.list": {
    sql: `SELECT seq, version, settings, length(state) + (
            SELECT coalesce(sum(length(inputs) + length(effects)), 0) FROM batch
            WHERE batch.plugin = here.plugin AND batch.seq >= here.seq AND batch.seq < coalesce(
              (SELECT min(seq) FROM checkpoint WHERE plugin = here.plugin AND seq > here.seq), 9223372036854775807)
          ) AS bytes FROM checkpoint AS here WHERE plugin = ? ORDER BY seq`,
    params: ["text"],
    row: { seq: "int", version: "text", settings: "blob?", bytes: "int" },
  },
  /** The same without what it costs to add them up. */
  "checkpoint.places": {
    sql: "SELECT seq, version, settings FROM checkpoint WHERE plugin = ? ORDER BY seq",
    params: ["text"],
    row: { seq: "int", version: "text", settings: "blob?" },
  },
  "checkpoint.one": {
    sql: "SELECT state FROM checkpoint WHERE plugin = ? AND seq = ?",
    params: ["text", "int"],
    row: { state: "blob" },
  },
} as const satisfies QueryTable;
