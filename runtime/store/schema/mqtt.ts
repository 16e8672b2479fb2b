/** What the broker owes its clients: retained messages, sessions and their queues; and what waits for a broker that is away. */
export const MQTT_TABLES: string[] = [
  `CREATE TABLE retained (
    number INTEGER PRIMARY KEY, topic TEXT NOT NULL UNIQUE, payload BLOB NOT NULL, qos INTEGER NOT NULL
  ) STRICT`,

  `CREATE TABLE subscription (
    client TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL,
    PRIMARY KEY (client, filter)
  ) STRICT, WITHOUT ROWID`,

  // Messages of QoS 1 and 2 that a session has not acknowledged. messageId is null until sent; released once PUBREC came.
  `CREATE TABLE queue (
    number INTEGER PRIMARY KEY, client TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL,
    retain INTEGER NOT NULL, messageId INTEGER, released INTEGER NOT NULL DEFAULT 0
  ) STRICT`,
  "CREATE INDEX queue_client ON queue (client)",

  // Packet identifiers of QoS 2 messages that were taken and not yet released by their sender.
  `CREATE TABLE incoming (
    client TEXT NOT NULL, messageId INTEGER NOT NULL,
    PRIMARY KEY (client, messageId)
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE will (
    client TEXT NOT NULL PRIMARY KEY, broker TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL,
    retain INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE spill (
    number INTEGER PRIMARY KEY, priority INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL,
    retain INTEGER NOT NULL, id TEXT
  ) STRICT`,
];

/** Since issue 4. */
export const MQTT_ADDITIONS: string[] = [
  // Sessions whose clients are away, and for how many hours of the broker's running: no clock is needed for that
  "CREATE TABLE session (client TEXT NOT NULL PRIMARY KEY, away INTEGER NOT NULL) STRICT, WITHOUT ROWID",

  // QoS 2 messages that came over an uplink and are not released by its broker, by the session that it keeps for us. Ours are
  // numbered: when the broker has lost the session another one begins, and what is committed late for the one before counts no more.
  "CREATE TABLE uplinkSession (uplink TEXT NOT NULL PRIMARY KEY, session INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  `CREATE TABLE uplinkTaken (
    uplink TEXT NOT NULL, session INTEGER NOT NULL, messageId INTEGER NOT NULL,
    PRIMARY KEY (uplink, session, messageId)
  ) STRICT, WITHOUT ROWID`,

  "ALTER TABLE spill ADD COLUMN trace TEXT",
  "ALTER TABLE spill ADD COLUMN responseTopic TEXT",
  "ALTER TABLE spill ADD COLUMN correlation BLOB",
];
