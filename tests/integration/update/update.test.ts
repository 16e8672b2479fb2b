import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bundleOf, imageFiles } from "./images.ts";
import { flash, machineParts, Run, type RunOptions, settle } from "./machine.ts";
import { serveFile } from "./static-server.ts";

const MIB = 1024 * 1024;
const keys = generateKeys();
const OPTIONS: RunOptions = { owners: [keys.public] };

/** A machine that runs 1.0.0 from slot a, and a server with 1.1.0. */
async function setUp(version = "1.1.0", others: object = {}) {
  const folder = tempFolder("update");
  onTestFinished(() => folder[Symbol.dispose]());
  const { path } = folder;
  const first = imageFiles(join(path, "v1"), "1.0.0");
  await flash(path, { ...first }, 8 * MIB);
  const files = imageFiles(join(path, "v2"), version);
  const bundle = join(path, "image.bundle");
  const written = await bundleOf(bundle, files, keys, { version, ...others });
  const server = await serveFile(bundle);
  return { path, first, files, bundle, written, server, parts: machineParts(path) };
}

test("a version comes over HTTP into the other slot, is tried, passes its gate and stays; only what differs was fetched", async () => {
  const { path, server, files, written, parts } = await setUp();
  const run = await Run.start(path, OPTIONS);
  expect(run.updates.status()).toMatchObject({ version: "1.0.0", slot: "a", blessed: true });
  const accepted = await run.updates.deploy({ url: server.url });
  expect(accepted).toMatchObject({ id: written.id, version: "1.1.0", from: "1.0.0", slot: "b", outcome: "running" });
  const last = await settle(path, OPTIONS, run);
  expect(last.slot).toBe("b");
  expect(last.updates.status()).toMatchObject({ version: "1.1.0", slot: "b", blessed: true, other: { version: "1.0.0" } });
  expect(last.updates.status().update).toMatchObject({ outcome: "done", step: "gate" });
  const root = readFileSync(files.root);
  expect(readFileSync(parts.partitions.b).subarray(0, root.length).equals(root)).toBe(true);
  expect(readFileSync(join(parts.boot, "b/kernel")).equals(readFileSync(files.kernel))).toBe(true);
  expect(readFileSync(join(parts.boot, "b/cmdline"), "utf8")).toBe("quiet steppps.slot=b steppps.version=1.1.0");
  expect(server.sent()).toBeLessThan(statSync(files.root).size / 10);
  expect(last.events.map(({ kind }) => kind)).toContain("update.done");
  await last.off();

  // And on into the first slot, after which the one before can't be brought again
  const third = imageFiles(join(path, "v3"), "1.2.0");
  const bundle = join(path, "third.bundle");
  await bundleOf(bundle, third, keys, { version: "1.2.0" });
  const again = await Run.start(path, OPTIONS);
  await again.updates.deploy({ file: bundle });
  const end = await settle(path, OPTIONS, again);
  expect(end.updates.status()).toMatchObject({ version: "1.2.0", slot: "a", blessed: true, other: { version: "1.1.0" } });
  await expect(end.updates.deploy({ url: server.url })).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
  await end.off();
});

test("one that fails its gate is taken back; the device says why, with the log, and doesn't take it again by itself", async () => {
  const { path, server, written } = await setUp();
  let isWell = false;
  const check = { name: "broker", fault: () => (isWell ? undefined : "no answer") };
  const isBad = (run: Run) => run.version === "1.1.0";
  const run = await Run.start(path, OPTIONS);
  await run.updates.deploy({ url: server.url });
  await run.restarted;
  await run.off();
  const trial = await Run.start(path, { ...OPTIONS, checks: [check] });
  expect(isBad(trial)).toBe(true);
  expect(trial.updates.status()).toMatchObject({ slot: "b", blessed: false });
  await trial.restarted;
  await trial.off();
  const back = await Run.start(path, OPTIONS);
  const report = await back.report(({ outcome }) => outcome === "rolled-back");
  expect(back.slot).toBe("a");
  expect(report).toMatchObject({ slot: "b", version: "1.1.0", error: { code: "E_UPDATE_GATE", detail: "broker: no answer" } });
  expect(report.log).toBe("started 1.1.0\n\ngate: broker: no answer\n");
  expect(back.events).toContainEqual(expect.objectContaining({ kind: "update.rolled-back", code: "E_UPDATE_GATE" }));
  await back.off();

  const later = await Run.start(path, OPTIONS);
  expect(later.updates.status().update).toMatchObject({ outcome: "rolled-back", log: report.log });
  await expect(later.updates.deploy({ url: server.url })).rejects.toMatchObject({ code: "E_UPDATE_REJECTED" });
  isWell = true;
  await later.updates.approve(written.id.slice(0, 8));
  const end = await settle(path, { ...OPTIONS, checks: [check] }, later);
  expect(end.updates.status()).toMatchObject({ slot: "b", version: "1.1.0", blessed: true });
  await end.off();
});

test("one that never comes up is left by the boot loader, and the device says so", async () => {
  const { path, server, parts } = await setUp();
  const run = await Run.start(path, OPTIONS);
  await run.updates.deploy({ url: server.url });
  await run.restarted;
  await run.off();
  // Three starts that end before the supervisor is there
  const slots = join(parts.boot, "slots.txt");
  expect(readFileSync(slots, "utf8")).toBe("good=a\ntry=b 3\n");
  writeFileSync(slots, "good=a\ntry=b 0\n");
  const back = await Run.start(path, OPTIONS);
  const report = await back.report(({ outcome }) => outcome === "rolled-back");
  expect(report).toMatchObject({ slot: "b", error: { code: "E_UPDATE_BOOT" } });
  expect(readFileSync(slots, "utf8")).toBe("good=a\n");
  await expect(back.updates.deploy({ url: server.url })).rejects.toMatchObject({ code: "E_UPDATE_REJECTED" });
  await back.off();
});

test("a person approves where the document asks for it, refuses, and goes back to the slot before", async () => {
  const { path, server, written } = await setUp();
  const asking: RunOptions = { ...OPTIONS, settings: { approve: true } };
  const run = await Run.start(path, asking);
  await run.updates.deploy({ url: server.url });
  await run.report(({ outcome }) => outcome === "waiting");
  expect(server.sent()).toBeLessThan(MIB / 4);
  expect(await run.updates.refuse(written.id)).toMatchObject({ outcome: "refused", error: { code: "E_UPDATE_REFUSED" } });
  await expect(run.updates.approve(written.id)).rejects.toMatchObject({ code: "E_UPDATE_UNKNOWN" });
  await run.updates.deploy({ url: server.url });
  await run.off();
  // It waits after a restart, too
  const waiting = await Run.start(path, asking);
  await waiting.updates.approve(written.id);
  const end = await settle(path, asking, waiting);
  expect(end.updates.status()).toMatchObject({ version: "1.1.0", blessed: true });
  end.reports.length = 0;
  await end.updates.rollback();
  const back = await settle(path, asking, end);
  expect(back.updates.status()).toMatchObject({ version: "1.0.0", slot: "a", blessed: true, other: { version: "1.1.0" } });
  await back.off();
});

test("it restarts in its maintenance window and not before", async () => {
  const { path, server } = await setUp();
  const now = new Date();
  const hour = (offset: number) => `${String((now.getUTCHours() + offset) % 24).padStart(2, "0")}:00`;
  const closed = { ...OPTIONS, settings: { window: `${hour(2)}-${hour(3)}` } };
  const run = await Run.start(path, closed);
  await run.updates.deploy({ url: server.url });
  const report = await run.report(({ step, waits }) => step === "window" && waits !== undefined);
  expect(report.waits).toContain("maintenance window");
  await run.off();
  const open = { ...OPTIONS, settings: { window: "00:00-00:00" } };
  const end = await settle(path, open, await Run.start(path, open));
  expect(end.updates.status()).toMatchObject({ version: "1.1.0", blessed: true });
  await end.off();
});

describe("a link that is slow or cut", () => {
  test("goes on where it was: nothing is fetched twice but the block that was cut", async () => {
    const { path, server, files } = await setUp();
    const run = await Run.start(path, OPTIONS);
    await run.updates.deploy({ url: server.url });
    await run.updates.close();
    const before = server.sent();
    server.cuts = [100_000, 50_000, 0];
    await run.updates.resume();
    const report = await run.report(({ waits }) => waits?.includes("another try") === true);
    expect(report.step).toBe("fetch");
    const end = await settle(path, OPTIONS, run);
    expect(end.updates.status()).toMatchObject({ version: "1.1.0", blessed: true });
    expect(server.sent() - before).toBeLessThan(statSync(files.root).size / 6);
    await end.off();
  });

  test("one on which nothing comes is given up and tried again", async () => {
    const { path, server } = await setUp();
    const options = { ...OPTIONS, idleMs: 300 };
    const run = await Run.start(path, options);
    await run.updates.deploy({ url: server.url });
    await run.updates.close();
    server.answer = (_request, response) => {
      response.writeHead(206, { "content-range": "bytes 0-0/1" });
      server.answer = undefined;
      return false === response.writableEnded;
    };
    await run.updates.resume();
    await settle(path, options, run).then((end) => end.off());
  });
});
