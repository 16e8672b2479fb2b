import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { openJournal } from "../../../runtime/store/index.ts";

test("with a window, commits of different turns of the event loop share a transaction", async () => {
  // The fault tells how many transactions there were: the second one fails.
  const journal = await openJournal({ file: ":memory:", windowMs: 500, faultSpec: "commit:before-write:error@1" });
  const commits = [journal.commit([["meta.set", "a", "1"]])];
  await nextTurn();
  await nextTurn();
  commits.push(journal.commit([["meta.set", "b", "2"]]));
  await Promise.all(commits);
  await expect(journal.commit([["meta.set", "c", "3"]])).rejects.toMatchObject({ code: "E_FAULT" });
  await journal.close();
});

test("commits of one turn share a transaction without a window", async () => {
  const journal = await openJournal({ file: ":memory:", faultSpec: "commit:before-write:error@1" });
  await Promise.all([journal.commit([["meta.set", "a", "1"]]), journal.commit([["meta.set", "b", "2"]])]);
  await expect(journal.commit([["meta.set", "c", "3"]])).rejects.toMatchObject({ code: "E_FAULT" });
  await journal.close();
});
