import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../../runtime/store/schema/migrations.ts";
import { QUERY_TABLE, STATEMENT_LIST, STATEMENT_NUMBER } from "../../../runtime/store/statements/index.ts";

const database = new DatabaseSync(":memory:");
for (const sql of MIGRATIONS.flat()) database.exec(sql);
const names = [...STATEMENT_NUMBER.keys()];
/** What happened stays known. */
const LOGS = ["event", "deploy", "removal"];
const SQL_TYPE: Readonly<Record<string, string>> = { text: "TEXT", int: "INTEGER", blob: "BLOB" };

test("every statement is SQL of this schema and takes as many values as its table says", () => {
  STATEMENT_LIST.forEach(({ sql, params }, i) => {
    for (const text of [sql].flat()) {
      const prepared = database.prepare(text);
      const numbered = new Set(text.match(/\?\d/g)).size;
      expect(numbered || text.split("?").length - 1, `${names[i]}: ${text}`).toBe(params.length);
      expect(prepared.columns(), names[i]).toEqual([]);
    }
  });
});

test("every query gives the columns that its table names, with their types", () => {
  for (const [name, { sql, row }] of Object.entries(QUERY_TABLE)) {
    const columns = database.prepare(sql).columns();
    expect(
      columns.map((column) => column.name),
      name,
    ).toEqual(Object.keys(row));
    columns.forEach(({ type }, i) => {
      if (type) expect(type, name).toBe(SQL_TYPE[Object.values(row)[i]?.replace("?", "") ?? ""]);
    });
  }
});

test("a query for certain rows finds them by a key or an index", () => {
  for (const [name, { sql, params }] of Object.entries(QUERY_TABLE)) {
    if (!sql.includes("WHERE") || name === "dead.all") continue; // dead.all: of one plugin or of all, within its limit
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params.map(() => null));
    expect(plan.map(({ detail }) => detail).join("; "), name).not.toMatch(/SCAN (?!CONSTANT)/);
  }
});

test("deleting a plugin leaves nothing of it in any table that names it", () => {
  const deletes = [STATEMENT_LIST[STATEMENT_NUMBER.get("plugin.delete") ?? -1]?.sql ?? []].flat();
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => name as string);
  const naming = tables.filter((table) => {
    const columns = database
      .prepare(`PRAGMA table_info(${table})`)
      .all()
      .map(({ name }) => name);
    return table === "plugin" || table === "version" || columns.includes("plugin");
  });
  expect(deletes.map((sql) => /FROM (\w+)/.exec(sql)?.[1]).sort()).toEqual(
    naming.filter((table) => !LOGS.includes(table)).sort(),
  );
});
