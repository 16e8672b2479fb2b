/**
 * What plugins are, know and are owed. Tables come in the order of their worth: a damaged journal is salvaged in this order.
 * Keys are short, so most tables are one b-tree (WITHOUT ROWID): a commit then dirties one page of it, not two.
 */
export const SCRIPT_TABLES = [
  `CREATE TABLE plugin (
    name TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, previousVersion TEXT, seed BLOB NOT NULL CHECK (length(seed) = 8),
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)), nextSeq INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE version (
    name TEXT NOT NULL, version TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL, envelope BLOB NOT NULL,
    UNIQUE (name, version)
  ) STRICT`,

  `CREATE TABLE state (
    plugin TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (plugin, key)
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE timer (
    plugin TEXT NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (plugin, name)
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE schedule (
    plugin TEXT NOT NULL, handler INTEGER NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY (plugin, handler)
  ) STRICT, WITHOUT ROWID`,

  // Outputs of every batch with seq <= this are delivered.
  `CREATE TABLE sent (
    plugin TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // Accepted from a sender that was told so, not yet applied. The rowid keeps the order of arrival.
  `CREATE TABLE pending (
    arrival INTEGER PRIMARY KEY, plugin TEXT NOT NULL, id TEXT NOT NULL,
    attempts INTEGER NOT NULL, nextAt INTEGER NOT NULL, input BLOB NOT NULL,
    UNIQUE (plugin, id)
  ) STRICT`,

  `CREATE TABLE dead (
    arrival INTEGER PRIMARY KEY, plugin TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL, time INTEGER NOT NULL,
    code TEXT NOT NULL, detail TEXT NOT NULL, input BLOB NOT NULL,
    UNIQUE (plugin, id)
  ) STRICT`,

  `CREATE TABLE seen (
    scope TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (scope, id)
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX seen_time ON seen (time)",

  // A plugin's whole state before input `seq`: when a version took over, and now and then since. Replays begin there.
  `CREATE TABLE checkpoint (
    plugin TEXT NOT NULL, seq INTEGER NOT NULL, version TEXT NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (plugin, seq)
  ) STRICT, WITHOUT ROWID`,

  // History and outbox. seq is the number of the batch's first input; the next batch has seq + count.
  `CREATE TABLE batch (
    plugin TEXT NOT NULL, seq INTEGER NOT NULL, count INTEGER NOT NULL, version TEXT NOT NULL,
    inputs BLOB NOT NULL, effects BLOB NOT NULL,
    PRIMARY KEY (plugin, seq)
  ) STRICT, WITHOUT ROWID`,
];

/** Since issue 4: what a rollback needs, and how far it is. */
export const SCRIPT_ADDITIONS = [
  // CBOR of the settings that the batches from here on ran with; null in rows of before.
  "ALTER TABLE checkpoint ADD COLUMN settings BLOB",
  // Which of a batch's outputs are not sent: u32 indices, little endian; an empty one stands for all of them.
  "ALTER TABLE batch ADD COLUMN withheld BLOB",
  // The handler's method, for a version that numbers its handlers otherwise; null where the number says it.
  "ALTER TABLE pending ADD COLUMN method TEXT",
  "ALTER TABLE dead ADD COLUMN method TEXT",

  // A version whose gate is open: what the plugin was before input `seq`, and what says how its inputs since are numbered.
  // state, timers: frames of inputs; waiting, schedules, handlers, jumps, record: JSON.
  `CREATE TABLE probation (
    plugin TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, previous TEXT NOT NULL, seq INTEGER NOT NULL, since INTEGER NOT NULL,
    state BLOB NOT NULL, timers BLOB NOT NULL, waiting TEXT NOT NULL, schedules TEXT NOT NULL, handlers TEXT NOT NULL,
    jumps TEXT NOT NULL, record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // Inputs from next up to end of what is written down under the name `source` are to be handled again, before anything new.
  // later: JSON of another such row, for when these are; null where there is none.
  `CREATE TABLE rerun (
    plugin TEXT NOT NULL PRIMARY KEY, source TEXT NOT NULL, version TEXT NOT NULL, next INTEGER NOT NULL, end INTEGER NOT NULL,
    handlers TEXT NOT NULL, jumps TEXT NOT NULL, later TEXT
  ) STRICT, WITHOUT ROWID`,
];
