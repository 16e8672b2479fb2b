import type { DatabaseSync } from "node:sqlite";
import { StepppsError } from "../../contract/errors/index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../schema/migrations.ts";
import { decodeSchemaVersion, encodeSchemaVersion, schemaFault } from "../schema/schema-version.ts";
import { pragma, transaction } from "./connection.ts";

/**
 * Brings the schema up to date, one transaction a step; a new file gets its mark with the first. One that has had more than is known
 * here stays as it is. Throws E_STORE_NEWER.
 */
export function migrate(database: DatabaseSync): void {
  const { had, needed } = decodeSchemaVersion(pragma(database, "user_version"));
  const fault = schemaFault({ had, needed });
  if (fault !== undefined) throw new StepppsError("E_STORE_NEWER", fault);
  for (let version = had; version < MIGRATIONS.length; version++) {
    transaction(database, () => {
      for (const sql of MIGRATIONS[version] ?? []) database.exec(sql);
      const next = encodeSchemaVersion({ had: version + 1, needed });
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${next}`);
    });
  }
}
