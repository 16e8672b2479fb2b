export type { Journal, JournalOptions, OpenedJournal } from "./journal.ts";
export { checkJournalFile, dropHistory, renewJournalFile } from "./journal-file.ts";
export { openJournal, startJournalThread } from "./open-journal.ts";
export type { JournalSize, Opened } from "./protocol.ts";
export type { Op, QueryName, QueryParams, QueryRow, StatementName } from "./statements/index.ts";
export { type WriteBudget, WriteMeter } from "./write-budget.ts";
