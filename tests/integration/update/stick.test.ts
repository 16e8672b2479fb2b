import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bundleOf, imageFiles } from "./images.ts";
import { flash, Run, type RunOptions, settle } from "./machine.ts";

const MIB = 1024 * 1024;
const keys = generateKeys();
const OPTIONS: RunOptions = { owners: [keys.public], settings: { approve: true } };

test("a stick that is pulled out before its bundle was read is waited for, over a restart too", async () => {
  using temp = tempFolder("update-stick");
  const { path } = temp;
  await flash(path, imageFiles(join(path, "v1"), "1.0.0"), 8 * MIB);
  const [bundle, elsewhere] = [join(path, "next.bundle"), join(path, "pulled out")];
  const written = await bundleOf(bundle, imageFiles(join(path, "v2"), "1.1.0"), keys, { version: "1.1.0" });
  const run = await Run.start(path, OPTIONS);
  await run.updates.deploy({ file: bundle }, { newer: true });
  await run.report(({ outcome }) => outcome === "waiting");
  renameSync(bundle, elsewhere);
  await run.updates.approve(written.id);
  expect((await run.report(({ waits }) => waits?.startsWith("another try") === true)).step).toBe("fetch");
  await run.off();
  const again = await Run.start(path, OPTIONS);
  await again.report(({ waits }) => waits?.startsWith("another try") === true);
  renameSync(elsewhere, bundle);
  const end = await settle(path, OPTIONS, again);
  expect(end.updates.status()).toMatchObject({ version: "1.1.0", blessed: true });
  // It lies there still, and is nothing new
  await expect(end.updates.deploy({ file: bundle }, { newer: true })).resolves.toMatchObject({ outcome: "done" });
  await end.off();
});
