export type { Journal, JournalOptions } from "./journal.ts";
export { openJournal } from "./open-journal.ts";
export type { JournalSize, Opened } from "./protocol.ts";
export type { Op, QueryName, QueryParams, QueryRow, StatementName } from "./statements/index.ts";
export type { WriteBudget } from "./write-budget.ts";
