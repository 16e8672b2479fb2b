import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { openOwners } from "../../../runtime/boot/owners.ts";
import type { DeviceDocument } from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { formatPublicKey, generateKeys } from "../../../runtime/trust/index.ts";

test("owners are those of the document and of files, each once, and follow both", async () => {
  const folder = await mkdtemp(join(tmpdir(), "owners-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const data = dataPaths(folder);
  const [a, b] = [generateKeys().public, generateKeys().public];
  let document: DeviceDocument = {};
  const refused: string[] = [];
  const emit = ({ text }: { text: string }) => void refused.push(text);
  const owners = await openOwners({ data, clock: systemClock(), events: { emit }, document: () => document });
  onTestFinished(() => owners.close());
  expect(owners.list()).toEqual([]);

  await mkdir(data.owners);
  owners.watch();
  await writeFile(join(data.owners, "a.pub"), `${formatPublicKey(a)}\n`);
  await expect.poll(() => owners.list().map(({ id }) => id)).toEqual([a.id]);

  document = { owners: [formatPublicKey(a), formatPublicKey(b)] };
  await writeFile(join(data.owners, "bad.pub"), "steppps-key:nonsense");
  await owners.reload();
  expect(owners.list().map(({ id }) => id)).toEqual([a.id, b.id]);
  expect(refused.at(-1)).toContain("bad.pub");

  document = {};
  await rm(join(data.owners, "a.pub"));
  await owners.reload();
  expect(owners.list()).toEqual([]);
});
