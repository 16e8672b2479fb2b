/** The event log, and single facts of the supervisor itself. */
export const EVENT_TABLES = [
  `CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE event (
    number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, level TEXT NOT NULL,
    plugin TEXT, code TEXT, text TEXT NOT NULL
  ) STRICT`,
];

/** The second migration's. */
export const EVENT_ADDITIONS = [
  "ALTER TABLE event ADD COLUMN trace TEXT",
  // The log of one plugin among a million rows of others.
  "CREATE INDEX event_of_plugin ON event (plugin, number) WHERE plugin IS NOT NULL",
];
