/** Artefacts on their way in: what was offered, and the chunks that are here. */
export const TRANSFER_TABLES = [
  `CREATE TABLE transfer (
    id TEXT NOT NULL PRIMARY KEY, time INTEGER NOT NULL, offer BLOB NOT NULL
  ) STRICT`,

  `CREATE TABLE transfer_chunk (
    transfer TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
    UNIQUE (transfer, number)
  ) STRICT`,

  // An artefact that is at work already is found by its name.
  "CREATE INDEX version_id ON version (id)",
] as const;
