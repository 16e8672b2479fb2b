/** What the device was told to trust, and how far it has come: none of it ever goes back but by hand ('steppps trust reset'). */
export const TRUST_TABLES = [
  // The newest root, targets, snapshot, timestamp and policy, as they were signed.
  `CREATE TABLE trust_role (
    role TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, envelope BLOB NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // By role: the highest version whose signers were revoked, and the time of the root that did it.
  `CREATE TABLE trust_dropped (
    role TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // The lowest version of a component that may still come: "plugin/<name>". It outlives the plugin.
  `CREATE TABLE trust_floor (
    component TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // Signed commands that were obeyed; those before meta 'trust.commands' are refused for their time.
  `CREATE TABLE trust_command (
    nonce TEXT NOT NULL PRIMARY KEY, time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX trust_command_time ON trust_command (time)",
] as const;
