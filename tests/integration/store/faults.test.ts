import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournal } from "../../../runtime/store/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

for (const point of ["commit:before-write", "commit:after-write"]) {
  test(`an error at ${point} rejects the commit, leaves nothing of it, and the next one goes through`, async () => {
    using folder = tempFolder("faults");
    const journal = await openJournal({ file: join(folder.path, "journal.db"), faultSpec: `${point}:error` });
    await expect(journal.commit([["meta.set", "a", "1"]])).rejects.toMatchObject({ code: "E_FAULT" });
    expect(await journal.read("meta.one", "a")).toEqual([]);
    await journal.commit([["meta.set", "a", "2"]]);
    expect(await journal.read("meta.one", "a")).toEqual([{ value: "2" }]);
    await journal.close();
  });
}

test("a thread that ends after a commit, before anybody was told, ends the journal; the commit is there at the next start", async () => {
  using folder = tempFolder("faults");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file, faultSpec: "commit:after-commit:error@1" });
  await journal.commit([["meta.set", "a", "1"]]);
  const told = journal.commit([["meta.set", "a", "2"]]);
  await expect(told).rejects.toMatchObject({ code: "E_STORE_CLOSED", detail: expect.stringContaining("commit:after-commit") });
  await expect(journal.commit([["meta.set", "a", "3"]])).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await expect(journal.read("meta.one", "a")).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await journal.close();

  const again = await openJournal({ file });
  expect(await again.read("meta.one", "a")).toEqual([{ value: "2" }]);
  await again.close();
});

test("commits wait for a slow disk together: one transaction takes all that came meanwhile", async () => {
  using folder = tempFolder("faults");
  // The second transaction is the last that may pass: more would mean that they did not share it.
  const faultSpec = "commit:before-write:delay=500,commit:before-write:error@2";
  const journal = await openJournal({ file: join(folder.path, "journal.db"), faultSpec });
  const first = journal.commit([["meta.set", "first", "1"]]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const rest = Array.from({ length: 100 }, (_, i) => journal.commit([["meta.set", `${i}`, "2"]]));
  await Promise.all([first, ...rest]);
  await expect(journal.commit([["meta.set", "third", "3"]])).rejects.toMatchObject({ code: "E_FAULT" });
  await journal.close();
});

test("a fault that does not exist is refused at the start", async () => {
  await expect(openJournal({ file: ":memory:", faultSpec: "commit:never:kill" })).rejects.toMatchObject({ code: "E_FAULT_SPEC" });
});
