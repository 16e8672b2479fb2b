import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { guest, manifest, newData, sealed, victim } from "./support.ts";

/** A file of the data directory, and what someone left there. */
const LEFT: readonly [string, string | Uint8Array][] = [
  ["running.json", "\0\0{"],
  ["running.json.new", "half"],
  ["examples.json", "null"],
  ["device.secret", "short"],
  ["device.secret", new Uint8Array(1000)],
  ["steppps.yaml", "a: &a [*a]\n\0"],
  ["steppps.last-good.json", "[]"],
  ["journal.db", "this is not a database, however long it is".repeat(200)],
  ["owners/bad.pub", "steppps-key:AAAA"],
  ["owners/big.pub", "x".repeat(1_000_000)],
];

test.each(LEFT)("a device starts with garbage in %s", async (file, content) => {
  const dataPath = newData();
  writeFileSync(join(dataPath, file), content);
  const { deploy } = await victim(dataPath);
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
});

test("a device starts where folders stand for files and links lead nowhere", async () => {
  const dataPath = newData();
  mkdirSync(join(dataPath, "steppps.yaml"));
  mkdirSync(join(dataPath, "owners", "folder.pub"));
  symlinkSync("/nowhere/at/all", join(dataPath, "owners", "link.pub"));
  symlinkSync("/nowhere/at/all", join(dataPath, "running.json"));
  const { deploy, supervisor } = await victim(dataPath);
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
  expect(supervisor.view.events.recent().filter(({ kind }) => kind === "owner.refused")).toHaveLength(2);
});

test("compiled plugins that were swapped are made again, not run", async () => {
  const dataPath = newData();
  const first = await victim(dataPath);
  expect(await first.deploy(sealed(manifest("one"), guest()))).toBe("ok");
  expect(await first.deploy(sealed(manifest("two"), guest({ more: "(func)" })))).toBe("ok");
  await first.supervisor.close();
  const artefacts = join(dataPath, "artefacts");
  const [one = "", two = ""] = readdirSync(artefacts);
  renameSync(join(artefacts, one), join(artefacts, "aside"));
  renameSync(join(artefacts, two), join(artefacts, one));
  renameSync(join(artefacts, "aside"), join(artefacts, two));
  const again = await victim(dataPath);
  for (const name of ["one", "two"]) expect((await again.plugin(name))?.health).toBe("healthy");
});
