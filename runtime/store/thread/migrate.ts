import type { DatabaseSync } from "node:sqlite";
import { StepppsError } from "../../contract/errors/index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../schema/migrations.ts";
import { pragma, transaction } from "./connection.ts";

/** Brings the schema up to date, one transaction a step; a new file gets its mark with the first. Throws E_STORE_NEWER. */
export function migrate(database: DatabaseSync): void {
  const found = pragma(database, "user_version");
  if (found > MIGRATIONS.length) {
    throw new StepppsError("E_STORE_NEWER", `its schema is number ${found}, this version knows ${MIGRATIONS.length}`);
  }
  for (let version = found; version < MIGRATIONS.length; version++) {
    transaction(database, () => {
      for (const sql of MIGRATIONS[version] ?? []) database.exec(sql);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}
