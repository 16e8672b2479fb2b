import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { made } from "../../../../images/steps/made.ts";

const DAY = 86_400_000;
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "made-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const write = (text: string) => (folder: string) => writeFile(join(folder, "result"), text);
async function age(folder: string, days: number): Promise<void> {
  const then = new Date(Date.now() - days * DAY);
  await utimes(folder, then, then);
}

test("what was made of the same inputs is not made again, and other inputs have another place", async () => {
  const first = await made(cache, "step", ["a"], write("first"));
  const again = await made(cache, "step", ["a"], () => Promise.reject(new Error("made again")));
  expect(again).toBe(first);
  expect(await made(cache, "step", ["b"], write("second"))).not.toBe(first);
  expect(await readFile(join(first, "result"), "utf8")).toBe("first");
});

test("a step that fails leaves nothing behind", async () => {
  await expect(made(cache, "step", ["a"], () => Promise.reject(new Error("no space")))).rejects.toThrow("no space");
  expect(await readdir(join(cache, "step"))).toEqual([]);
});

test("results that nobody asked for in long go when a new one comes; what was asked for lately stays", async () => {
  const folders: string[] = [];
  for (let index = 0; index < 10; index++) {
    const folder = await made(cache, "step", [index], write(String(index)));
    folders.push(folder);
    await age(folder, 20 - index);
  }
  await made(cache, "step", [0], write("0")); // asked for again: the newest now
  await mkdir(join(cache, "step", "making-killed"));
  await age(join(cache, "step", "making-killed"), 30);
  const last = await made(cache, "step", ["last"], write("last"));
  const left = folders.map((folder) => existsSync(folder));
  expect(left).toEqual([true, false, false, false, false, false, true, true, true, true]);
  expect(existsSync(last)).toBe(true);
  expect(existsSync(join(cache, "step", "making-killed"))).toBe(false);
});

test("no result that a run beside this one may have at hand goes, however many there are", async () => {
  for (let index = 0; index < 12; index++) await made(cache, "step", [index], write(String(index)));
  expect(await readdir(join(cache, "step"))).toHaveLength(12);
});

test("the time of a result is when it was asked for, whatever the step set", async () => {
  const folder = await made(cache, "step", ["a"], async (work) => {
    await write("a")(work);
    await age(work, 9_000);
  });
  expect(Date.now() - (await stat(folder)).mtimeMs).toBeLessThan(DAY);
});
