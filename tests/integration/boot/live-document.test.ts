import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type DataDirectory, dataPaths } from "../../../runtime/boot/data-paths.ts";
import { LiveDocument } from "../../../runtime/boot/live-document.ts";
import { loadDocument } from "../../../runtime/boot/load-document.ts";
import type { SystemEvent } from "../../../runtime/contract/index.ts";
import { linuxFiles, systemClock } from "../../../runtime/platform/index.ts";

let data: DataDirectory;
let events: Omit<SystemEvent, "time">[];
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "live-document-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  data = dataPaths(folder);
  events = [];
});

async function open(text: string): Promise<LiveDocument> {
  await writeFile(data.document, text);
  const { document } = await loadDocument(data, linuxFiles());
  const emit = (event: Omit<SystemEvent, "time">) => void events.push(event);
  const live = new LiveDocument({ data, files: linuxFiles(), clock: systemClock(), events: { emit }, document });
  onTestFinished(() => live.close());
  return live;
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition).toBe(true);
}

test("what is saved comes into force, however it is saved", async () => {
  const live = await open("plugins: { a: { enabled: true } }\n");
  const seen: unknown[] = [];
  live.on("plugins", ({ plugins }) => void seen.push(plugins?.a?.enabled));
  await live.watch();
  await writeFile(data.document, "plugins: { a: { enabled: false } }\n");
  await until(() => seen.length === 1);
  // As editors do: another file takes its place. Twice, so that the second one is watched too.
  for (const enabled of [true, false]) {
    await writeFile(`${data.document}~`, `plugins: { a: { enabled: ${enabled} } }\n`);
    await rename(`${data.document}~`, data.document);
    await until(() => seen.at(-1) === enabled);
  }
  expect(seen).toEqual([false, true, false]);
  expect(events.map(({ kind }) => kind)).toEqual(["document.changed", "document.changed", "document.changed"]);
});

test("a bad one changes nothing, and is reported once with its line", async () => {
  const live = await open("timezone: UTC\ndeploys: { gateSeconds: 5 }\n");
  await writeFile(data.document, "timezone: UTC\ndeploys: { gateSeconds: soon }\n");
  await live.reload();
  await live.reload();
  expect(live.current).toMatchObject({ deploys: { gateSeconds: 5 } });
  expect(events).toMatchObject([{ kind: "document.refused", code: "E_DOCUMENT", text: expect.stringContaining("line 2") }]);
  await rm(data.document);
  await live.reload();
  expect(live.current).toMatchObject({ deploys: { gateSeconds: 5 } });
});

test("what needs a start is said, until it is as it was", async () => {
  const live = await open("name: hall\n");
  await writeFile(data.document, "name: garden\ngroup: home\n");
  await live.reload();
  expect(events.at(-1)).toMatchObject({ text: "in force: group; at the next start: name" });
  await writeFile(data.document, "name: hall\n");
  await live.reload();
  expect(events.at(-1)).toMatchObject({ text: "in force: group" });
});

test("one part that fails doesn't keep the others out", async () => {
  const live = await open("");
  const seen: string[] = [];
  live.on("plugins", () => Promise.reject(new Error("no such file")));
  live.on("owners", () => void seen.push("owners"));
  live.on("storage", () => void seen.push("storage"));
  await writeFile(data.document, "plugins: { a: {} }\nstorage: { dailyWriteMegabytes: 5 }\n");
  await live.reload();
  expect(seen).toEqual(["storage"]);
  expect(events[0]).toMatchObject({ kind: "document.refused", text: expect.stringContaining("no such file") });
});
