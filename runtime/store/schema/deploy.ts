/** Deploys: which step each reached, and how it ended. The envelope lies apart, and only as long as the deploy may go on. */
export const DEPLOY_TABLES = [
  // content: SHA-256 of what was signed, whoever signed it and however often. asks, differences, options: JSON.
  // starts: unclean ends of the supervisor since the step began.
  `CREATE TABLE deploy (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, plugin TEXT NOT NULL, version TEXT NOT NULL, previous TEXT, content TEXT NOT NULL,
    source TEXT NOT NULL, step TEXT NOT NULL, outcome TEXT NOT NULL, asks TEXT NOT NULL, differences TEXT NOT NULL,
    options TEXT NOT NULL, code TEXT, detail TEXT, time INTEGER NOT NULL, millis INTEGER NOT NULL, starts INTEGER NOT NULL
  ) STRICT`,
  "CREATE INDEX deploy_plugin ON deploy (plugin, content)",
  "CREATE INDEX deploy_outcome ON deploy (outcome)",
  "CREATE INDEX deploy_id ON deploy (id)",

  // JSON of the settings that a plugin runs with, and of those that a rollback puts back while its gate is open.
  `CREATE TABLE config (
    plugin TEXT NOT NULL PRIMARY KEY, given TEXT NOT NULL, previous TEXT
  ) STRICT, WITHOUT ROWID`,

  // Versions on trial, under the names that their rows have: until all that they had is handled by the version at work.
  // handlers, jumps: JSON, as in probation. They say how to read its inputs, whatever becomes of the version's code.
  `CREATE TABLE trial (
    plugin TEXT NOT NULL PRIMARY KEY, seed BLOB NOT NULL CHECK (length(seed) = 8), version TEXT NOT NULL, handlers TEXT NOT NULL,
    jumps TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // The highest version that was here of a plugin that a person removed: whoever kept its envelope can't bring it back.
  `CREATE TABLE removal (
    plugin TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  `CREATE TABLE deploy_envelope (
    number INTEGER PRIMARY KEY, envelope BLOB NOT NULL
  ) STRICT`,
] as const;
