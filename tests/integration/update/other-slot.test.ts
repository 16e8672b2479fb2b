import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bundleOf, imageFiles, versionOf } from "./images.ts";
import { flash, machineParts, Run, type RunOptions } from "./machine.ts";

const MIB = 1024 * 1024;
const keys = generateKeys();
const OPTIONS: RunOptions = { owners: [keys.public] };

/** A machine with 1.0.0 in slot a, and 1.1.0 in slot b, which is at work and good. */
async function updated() {
  const folder = tempFolder("other-slot");
  onTestFinished(() => folder[Symbol.dispose]());
  const { path } = folder;
  await flash(path, imageFiles(join(path, "v1"), "1.0.0"), 8 * MIB);
  const first = await Run.start(path, OPTIONS);
  const bundle = await bundleFor(path, "1.1.0");
  await first.updates.deploy({ file: bundle });
  await first.restarted;
  await first.off();
  const second = await Run.start(path, OPTIONS);
  await second.report(({ outcome }) => outcome === "done");
  await second.off();
  expect(slots(path)).toBe("good=b\n");
  return { path, bundle };
}

async function bundleFor(path: string, version: string): Promise<string> {
  const bundle = join(path, `${version}.bundle`);
  await bundleOf(bundle, imageFiles(join(path, version), version), keys, { version });
  return bundle;
}

function slots(path: string): string {
  return readFileSync(join(machineParts(path).boot, "slots.txt"), "utf8");
}

test("a good slot that no longer starts is told as a return, with its log, and the one at work in its place stays", async () => {
  const { path, bundle } = await updated();
  const run = await Run.start(path, { ...OPTIONS, gaveUp: true });
  expect(run.slot).toBe("a");
  const report = await run.report(({ outcome }) => outcome === "rolled-back");
  expect(report).toMatchObject({ version: "1.1.0", slot: "b", from: "1.0.0", error: { code: "E_UPDATE_BOOT" } });
  expect(report.log).toContain("started 1.1.0");
  expect(run.events).toContainEqual(expect.objectContaining({ kind: "update.rolled-back", code: "E_UPDATE_BOOT" }));
  expect(slots(path)).toBe("good=a\n");
  expect(run.updates.status()).toMatchObject({ slot: "a", version: "1.0.0", blessed: true });
  await expect(run.updates.deploy({ file: bundle })).rejects.toMatchObject({ code: "E_UPDATE_REJECTED" });
  await run.off();
  const later = await Run.start(path, OPTIONS);
  expect(later.slot).toBe("a");
  expect(later.updates.status().update).toMatchObject({ outcome: "rolled-back" });
  await later.off();
});

test("while a version is on trial no other one is taken, and nothing is written over the one before", async () => {
  const folder = tempFolder("probation");
  onTestFinished(() => folder[Symbol.dispose]());
  const { path } = folder;
  await flash(path, imageFiles(join(path, "v1"), "1.0.0"), 8 * MIB);
  const first = await Run.start(path, OPTIONS);
  await first.updates.deploy({ file: await bundleFor(path, "1.1.0") });
  await first.restarted;
  await first.off();
  const { partitions } = machineParts(path);
  const before = readFileSync(partitions.a);
  let isWell = false;
  const check = { name: "broker", fault: () => (isWell ? undefined : "no answer") };
  const trial = await Run.start(path, { ...OPTIONS, checks: [check], settings: { limitMs: 3_600_000 } });
  const bundle = await bundleFor(path, "1.2.0");
  await expect(trial.updates.deploy({ file: bundle })).rejects.toMatchObject({ code: "E_UPDATE_BUSY" });
  await expect(trial.updates.rollback()).rejects.toMatchObject({ code: "E_UPDATE_BUSY" });
  expect(readFileSync(partitions.a).equals(before)).toBe(true);
  isWell = true;
  await trial.report(({ outcome }) => outcome === "done");
  await trial.off();
});

test("an update that was on its way into the slot which is at work now goes into the other one", async () => {
  const { path } = await updated();
  const asking: RunOptions = { ...OPTIONS, settings: { approve: true } };
  const run = await Run.start(path, asking);
  const { id, slot } = await run.updates.deploy({ file: await bundleFor(path, "1.2.0") });
  expect(slot).toBe("a");
  await run.report(({ outcome }) => outcome === "waiting");
  await run.off();
  const { partitions } = machineParts(path);
  const before = readFileSync(partitions.a);
  const other = await Run.start(path, { ...asking, gaveUp: true });
  expect(other.slot).toBe("a");
  expect(slots(path)).toBe("good=a\n");
  expect(other.updates.status().update).toMatchObject({ slot: "b", from: "1.0.0" });
  await other.updates.approve(id);
  await other.restarted;
  await other.off();
  expect(readFileSync(partitions.a).equals(before), "what is at work was not written to").toBe(true);
  expect(versionOf(partitions.b)).toBe("1.2.0");
});

test("nobody goes back to a slot whose kernel is damaged, and once it is right somebody does", async () => {
  const { path } = await updated();
  const kernel = join(machineParts(path).boot, "a", "kernel");
  const whole = readFileSync(kernel);
  truncateSync(kernel, 1000);
  const run = await Run.start(path, OPTIONS);
  await expect(run.updates.rollback()).rejects.toMatchObject({ code: "E_UPDATE_DAMAGED", detail: "slot a: kernel" });
  await run.off();
  expect(slots(path), "the boot loader was told nothing").toBe("good=b\n");
  writeFileSync(kernel, whole);
  const again = await Run.start(path, OPTIONS);
  await expect(again.updates.rollback()).resolves.toMatchObject({ slot: "a", step: "try" });
  await again.restarted;
  await again.off();
  const back = await Run.start(path, OPTIONS);
  expect(back.slot).toBe("a");
  await back.off();
});

test("a slot whose kernel reads back as something else is never started", async () => {
  const { path } = await updated();
  const run = await Run.start(path, { ...OPTIONS, staged: (boot) => truncateSync(join(boot, "a", "kernel"), 1000) });
  await run.updates.deploy({ file: await bundleFor(path, "1.2.0") });
  const report = await run.report(({ outcome }) => outcome === "refused");
  expect(report).toMatchObject({ error: { code: "E_IMAGE_READ_BACK", detail: "boot partition, slot a: kernel" } });
  expect(slots(path), "the boot loader was told nothing").toBe("good=b\n");
  await run.off();
});
