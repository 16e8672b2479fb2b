import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournal } from "../../../runtime/store/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const COMMITS = 200;

test("what is committed and read while a journal goes over to its thread is all there, in its order", async () => {
  using folder = tempFolder("to-thread");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file, here: true });
  expect(journal.opened).toEqual({ state: "new" });
  await journal.commit([["meta.set", "before", "1"]]);
  const written = (await journal.size()).writtenBytes;
  let there = false;
  const moved = journal.toThread().then(() => {
    there = true;
  });
  let n = 0;
  for (; !there || n < COMMITS; n++) {
    await journal.commit([["meta.set", `during ${n}`, `${n}`]]);
    expect(await journal.read("meta.one", `during ${n}`)).toEqual([{ value: `${n}` }]);
  }
  await moved;
  await journal.toThread(); // once is enough
  expect((await journal.size()).writtenBytes).toBeGreaterThan(written);
  await journal.commit([["meta.set", "after", "1"]]);
  await journal.close();

  const again = await openJournal({ file, here: true });
  expect(again.opened).toEqual({ state: "clean" });
  for (const key of ["before", "after", ...Array.from({ length: n }, (_, i) => `during ${i}`)]) {
    expect(await again.read("meta.one", key)).toHaveLength(1);
  }
  await again.close();
});

test("closed before or while it goes over, a journal writes what waits and holds nothing", async () => {
  using folder = tempFolder("to-thread");
  const file = join(folder.path, "journal.db");
  // One turn of the event loop more each time, so that the end comes at every step of it.
  for (const turns of [0, 1, 2, 3, 5, 8, 200]) {
    const journal = await openJournal({ file, here: true });
    const moved = journal.toThread();
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    const told = journal.commit([["meta.set", `${turns}`, "1"]]);
    await journal.close();
    await Promise.all([told, moved]);
    await expect(journal.commit([["meta.set", "late", "1"]])).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
    const again = await openJournal({ file });
    expect(again.opened).toEqual({ state: "clean" });
    expect(await again.read("meta.one", `${turns}`)).toEqual([{ value: "1" }]);
    await again.close();
  }
});

test("a thread that does not start leaves the journal where it was", async () => {
  using folder = tempFolder("to-thread");
  const journal = await openJournal({
    file: join(folder.path, "journal.db"),
    here: true,
    thread: join(folder.path, "absent.mjs"),
  });
  await expect(journal.toThread()).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await journal.commit([["meta.set", "a", "1"]]);
  expect(await journal.read("meta.one", "a")).toEqual([{ value: "1" }]);
  await journal.close();
});

test("one that another has open is refused here as well, and a failure after a commit ends it with that commit on the disk", async () => {
  using folder = tempFolder("to-thread");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file, here: true, faultSpec: "commit:after-commit:error@1" });
  await expect(openJournal({ file, here: true })).rejects.toMatchObject({ code: "E_DATA_IN_USE" });
  await journal.commit([["meta.set", "a", "1"]]);
  await expect(journal.commit([["meta.set", "a", "2"]])).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await expect(journal.read("meta.one", "a")).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await journal.close();

  const again = await openJournal({ file });
  expect(await again.read("meta.one", "a")).toEqual([{ value: "2" }]);
  await again.close();
});
