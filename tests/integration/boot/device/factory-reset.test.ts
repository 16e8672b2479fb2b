import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { factoryReset, finishFactoryReset } from "../../../../runtime/boot/device/factory-reset.ts";
import { openJournal } from "../../../../runtime/store/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const NOW = Date.UTC(2026, 10, 24);

async function lived(data: string): Promise<void> {
  const journal = await openJournal({ file: join(data, "journal.db") });
  await journal.commit([
    ["trust.floor.set", "plugin/lamp", "2.0.0"],
    ["meta.set", "trust.time", "1700000000000"],
    ["event.add", 1, "plugin.log", "info", null, null, "what people did", null],
  ]);
  await journal.close();
  for (const name of ["identity", "owners", "artefacts"]) mkdirSync(join(data, name));
  for (const name of ["device.secret", "owners/me.pub", "steppps.last-good.json"]) writeFileSync(join(data, name), "x");
}

async function expectNew(data: string): Promise<void> {
  expect(
    readdirSync(data)
      .filter((name) => !name.startsWith("journal.db"))
      .sort(),
  ).toEqual(["device.secret", "identity"]);
  const journal = await openJournal({ file: join(data, "journal.db") });
  expect(await journal.read("trust.floor", "plugin/lamp")).toEqual([{ version: "2.0.0" }]);
  expect(await journal.read("meta.one", "trust.time")).toEqual([{ value: "1700000000000" }]);
  expect(await journal.read("meta.one", "trust.commands")).toEqual([{ value: String(NOW) }]);
  await journal.close();
  expect(readFileSync(join(data, "journal.db"), "latin1")).not.toContain("what people did");
}

test("a reset leaves identity and how far trust has come, nothing else", async () => {
  using folder = tempFolder("reset");
  await lived(folder.path);
  await factoryReset({ data: folder.path, now: NOW });
  await expectNew(folder.path);
  await finishFactoryReset(folder.path);
  await expectNew(folder.path);
});

test("one that was cut short before it counted changes nothing; after that it is finished at the next start", async () => {
  using folder = tempFolder("reset");
  await lived(folder.path);
  mkdirSync(join(folder.path, ".resetting"));
  await finishFactoryReset(folder.path);
  expect(readdirSync(join(folder.path, "owners"))).toEqual(["me.pub"]);
  // As after the rename: the new journal is made, the old one still there
  using other = tempFolder("reset");
  await lived(other.path);
  await factoryReset({ data: other.path, now: NOW });
  mkdirSync(join(folder.path, ".reset"));
  renameSync(join(other.path, "journal.db"), join(folder.path, ".reset", "journal.db"));
  await finishFactoryReset(folder.path);
  await expectNew(folder.path);
  // Cut short after the journal was moved: what has come since is not deleted
  mkdirSync(join(folder.path, ".reset"));
  mkdirSync(join(folder.path, "owners"));
  await finishFactoryReset(folder.path);
  expect(readdirSync(folder.path)).toContain("owners");
});
