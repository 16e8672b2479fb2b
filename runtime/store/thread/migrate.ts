import type { DatabaseSync } from "node:sqlite";
import { APPLICATION_ID, MIGRATIONS } from "../schema/migrations.ts";
import { pragma, transaction } from "./connection.ts";

/** Brings the schema up to date, one transaction a step; a new file gets its mark with the first. */
export function migrate(database: DatabaseSync): void {
  for (let version = pragma(database, "user_version"); version < MIGRATIONS.length; version++) {
    transaction(database, () => {
      for (const sql of MIGRATIONS[version] ?? []) database.exec(sql);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}
