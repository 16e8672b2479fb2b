import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock } from "../../../runtime/platform/index.ts";

let path: string;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that holds the lock until it is killed. */
async function holder() {
  const module = new URL("../../../runtime/platform/index.ts", import.meta.url).href;
  const script = `
    const { takeLock } = await import(${JSON.stringify(module)});
    globalThis.lock = takeLock(process.argv[1]);
    process.stdout.write("held");
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("a lock is held once in this process, and can be taken again after its release", () => {
  const lock = takeLock(path);
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(() => takeLock(path)).toThrow(
      expect.objectContaining({ code: "E_DATA_IN_USE", detail: `${path} is held by process ${process.pid}` }),
    );
  }
  lock.release();
  takeLock(path).release();
});

test("a lock of another process holds, names it, and is gone the moment that process is killed", async () => {
  const child = await holder();
  expect(() => takeLock(path)).toThrow(
    expect.objectContaining({ code: "E_DATA_IN_USE", detail: `${path} is held by process ${child.pid}` }),
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  takeLock(path).release();
});

test("a refused attempt leaves the holder's lock as it was", async () => {
  const lock = takeLock(path);
  expect(() => takeLock(path)).toThrow("E_DATA_IN_USE");
  const child = spawn(process.execPath, [
    "--input-type=module",
    "-e",
    `const { takeLock } = await import(${JSON.stringify(new URL("../../../runtime/platform/index.ts", import.meta.url).href)});
     try { takeLock(process.argv[1]); process.exit(1); } catch (error) { process.exit(error.code === "E_DATA_IN_USE" ? 0 : 2); }`,
    path,
  ]);
  expect(await once(child, "exit")).toEqual([0, null]);
  lock.release();
});
