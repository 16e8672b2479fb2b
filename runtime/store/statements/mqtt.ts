import type { QueryTable, StatementTable } from "./column.ts";

/** Changes that the broker and the uplink make. `number`s are chosen by their memory front, upwards. */
export const MQTT_STATEMENTS = {
  "retained.set": {
    sql: "INSERT OR REPLACE INTO retained (topic, payload, qos) VALUES (?, ?, ?)",
    params: ["text", "blob", "int"],
  },
  "retained.delete": { sql: "DELETE FROM retained WHERE topic = ?", params: ["text"] },

  "subscription.set": {
    sql: "INSERT OR REPLACE INTO subscription (client, filter, qos) VALUES (?, ?, ?)",
    params: ["text", "text", "int"],
  },
  "subscription.delete": { sql: "DELETE FROM subscription WHERE client = ? AND filter = ?", params: ["text", "text"] },
  "subscription.clear": { sql: "DELETE FROM subscription WHERE client = ?", params: ["text"] },

  "queue.add": {
    sql: "INSERT INTO queue (number, client, topic, payload, qos, retain) VALUES (?, ?, ?, ?, ?, ?)",
    params: ["int", "text", "text", "blob", "int", "int"],
  },
  "queue.sent": { sql: "UPDATE queue SET messageId = ?2 WHERE number = ?1", params: ["int", "int"] },
  /** The receiver has the message; what is left to say is PUBREL, which needs no payload. */
  "queue.release": { sql: "UPDATE queue SET released = 1, payload = x'' WHERE number = ?", params: ["int"] },
  "queue.delete": { sql: "DELETE FROM queue WHERE number = ?", params: ["int"] },
  "queue.clear": { sql: "DELETE FROM queue WHERE client = ?", params: ["text"] },

  "incoming.add": { sql: "INSERT OR REPLACE INTO incoming (client, messageId) VALUES (?, ?)", params: ["text", "int"] },
  "incoming.delete": { sql: "DELETE FROM incoming WHERE client = ? AND messageId = ?", params: ["text", "int"] },
  "incoming.clear": { sql: "DELETE FROM incoming WHERE client = ?", params: ["text"] },

  "session.away": { sql: "INSERT OR REPLACE INTO session (client, away) VALUES (?, ?)", params: ["text", "int"] },
  "session.back": { sql: "DELETE FROM session WHERE client = ?", params: ["text"] },

  "will.set": {
    sql: "INSERT OR REPLACE INTO will (client, broker, topic, payload, qos, retain) VALUES (?, ?, ?, ?, ?, ?)",
    params: ["text", "text", "text", "blob", "int", "int"],
  },
  "will.delete": { sql: "DELETE FROM will WHERE client = ?", params: ["text"] },

  "uplink.session": {
    sql: "INSERT OR REPLACE INTO uplinkSession (uplink, session) VALUES (?, ?)",
    params: ["text", "int"],
  },
  /** What is left of the sessions before. */
  "uplink.forget": { sql: "DELETE FROM uplinkTaken WHERE uplink = ? AND session < ?", params: ["text", "int"] },
  "uplink.taken": {
    sql: "INSERT OR REPLACE INTO uplinkTaken (uplink, session, messageId) VALUES (?, ?, ?)",
    params: ["text", "int", "int"],
  },
  "uplink.released": {
    sql: "DELETE FROM uplinkTaken WHERE uplink = ? AND session = ? AND messageId = ?",
    params: ["text", "int", "int"],
  },

  "spill.add": {
    sql: `INSERT INTO spill (number, priority, topic, payload, qos, retain, id, trace, responseTopic, correlation)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    params: ["int", "int", "text", "blob", "int", "int", "text?", "text?", "text?", "blob?"],
  },
  "spill.delete": { sql: "DELETE FROM spill WHERE number = ?", params: ["int"] },
} as const satisfies StatementTable;

/** Questions asked at start, in pages, so that 10,000 rows are never one answer. */
export const MQTT_QUERIES = {
  "retained.after": {
    sql: "SELECT number, topic, payload, qos FROM retained WHERE number > ? ORDER BY number LIMIT ?",
    params: ["int", "int"],
    row: { number: "int", topic: "text", payload: "blob", qos: "int" },
  },
  "subscription.after": {
    sql: "SELECT client, filter, qos FROM subscription WHERE (client, filter) > (?, ?) ORDER BY client, filter LIMIT ?",
    params: ["text", "text", "int"],
    row: { client: "text", filter: "text", qos: "int" },
  },
  "queue.after": {
    sql: `SELECT number, client, topic, payload, qos, retain, messageId, released FROM queue
          WHERE number > ? ORDER BY number LIMIT ?`,
    params: ["int", "int"],
    row: {
      number: "int",
      client: "text",
      topic: "text",
      payload: "blob",
      qos: "int",
      retain: "int",
      messageId: "int?",
      released: "int",
    },
  },
  "incoming.after": {
    sql: "SELECT client, messageId FROM incoming WHERE (client, messageId) > (?, ?) ORDER BY client, messageId LIMIT ?",
    params: ["text", "int", "int"],
    row: { client: "text", messageId: "int" },
  },
  "session.after": {
    sql: "SELECT client, away FROM session WHERE client > ? ORDER BY client LIMIT ?",
    params: ["text", "int"],
    row: { client: "text", away: "int" },
  },
  "will.after": {
    sql: "SELECT client, broker, topic, payload, qos, retain FROM will WHERE client > ? ORDER BY client LIMIT ?",
    params: ["text", "int"],
    row: { client: "text", broker: "text", topic: "text", payload: "blob", qos: "int", retain: "int" },
  },
  "uplink.session": {
    sql: "SELECT session FROM uplinkSession WHERE uplink = ?",
    params: ["text"],
    row: { session: "int" },
  },
  /** 65,535 at most. */
  "uplink.taken": {
    sql: "SELECT messageId FROM uplinkTaken WHERE uplink = ? AND session = ?",
    params: ["text", "int"],
    row: { messageId: "int" },
  },
  /** What waits, without what it says. */
  "spill.after": {
    sql: `SELECT number, priority, length(CAST(topic AS BLOB)) + length(payload) AS bytes FROM spill
          WHERE number > ? ORDER BY number LIMIT ?`,
    params: ["int", "int"],
    row: { number: "int", priority: "int", bytes: "int" },
  },
  "spill.one": {
    sql: "SELECT topic, payload, qos, retain, id, trace, responseTopic, correlation FROM spill WHERE number = ?",
    params: ["int"],
    row: {
      topic: "text",
      payload: "blob",
      qos: "int",
      retain: "int",
      id: "text?",
      trace: "text?",
      responseTopic: "text?",
      correlation: "blob?",
    },
  },
} as const satisfies QueryTable;
