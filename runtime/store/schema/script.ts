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
