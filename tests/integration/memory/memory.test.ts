import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { buildMemoryAddon } from "../../../runtime/memory/build/addon.ts";
import { loadMemory, SharedMemory, Signal } from "../../../runtime/memory/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const addon = await buildMemoryAddon();
const memory = loadMemory(addon);

function inChild(script: string, fd: number): string {
  const { stdout, status } = spawnSync("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", fd], encoding: "utf8" });
  expect(status).toBe(0);
  return stdout;
}

test("what one process writes the other has, both ways, and neither can cut it off", () => {
  const shared = new SharedMemory(memory, 8192);
  const bytes = new Uint8Array(shared.buffer);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  inChild("printf hello >&3", shared.fd);
  expect(Buffer.from(bytes.subarray(0, 6)).toString("latin1")).toBe("hello\0");
  bytes.set(Buffer.from("world"), 4096);
  expect(inChild("dd if=/proc/self/fd/3 bs=1 skip=4096 count=5 2>/dev/null", shared.fd)).toBe("world");
  inChild("! truncate -s 0 /proc/self/fd/3 2>/dev/null && ! truncate -s 1M /proc/self/fd/3 2>/dev/null", shared.fd);
  shared.close();
  shared.close();
  expect(bytes[4096]).toBe("w".charCodeAt(0));
});

test("a signal from another process wakes the event loop, once for however often, until it is closed", async () => {
  const signal = new Signal(memory, false);
  let woken = 0;
  const order: string[] = [];
  signal.watch(() => {
    woken++;
    queueMicrotask(() => order.push("microtask"));
    process.nextTick(() => order.push("tick"));
  });
  inChild(
    "printf '\\001\\000\\000\\000\\000\\000\\000\\000' >&3; printf '\\001\\000\\000\\000\\000\\000\\000\\000' >&3",
    signal.fd,
  );
  await expect.poll(() => woken).toBe(1);
  expect(order).toEqual(["tick", "microtask"]);
  signal.raise();
  await expect.poll(() => woken).toBe(2);
  signal.raise();
  signal.close();
  signal.close();
  for (let round = 0; round < 5; round++) await turn();
  expect(woken).toBe(2);
});

test("a listener that closes its own signal, or throws, takes nobody with it", async () => {
  const [closes, other] = [new Signal(memory, false), new Signal(memory, false)];
  const heard: string[] = [];
  closes.watch(() => {
    heard.push("closes");
    closes.close();
  });
  other.watch(() => heard.push("other"));
  closes.raise();
  other.raise();
  await expect.poll(() => heard.toSorted()).toEqual(["closes", "other"]);
  other.close();
});

test("a thread that ends with a signal under watch takes it along", async () => {
  const program = `
    const { workerData } = require("node:worker_threads");
    const memory = require(workerData);
    const fd = memory.createSignal(false);
    memory.watchSignal(fd, () => process.exit(7));
    memory.createMemory(1 << 20);
    memory.raiseSignal(fd);
    setInterval(() => {}, 1000);
  `;
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(program, { eval: true, workerData: addon });
    expect(await new Promise((resolve) => worker.once("exit", resolve))).toBe(7);
  }
});

test("wrong arguments are errors, and a file is mapped no further than it goes", () => {
  using folder = tempFolder("memory");
  const path = join(folder.path, "file");
  const odd = memory as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const name of Object.keys(memory)) expect(() => odd[name]?.("no"), name).toThrow(TypeError);
  expect(() => memory.createMemory(0)).toThrow("a size was expected");
  expect(() => memory.createMemory(2 ** 60)).toThrow();
  expect(() => memory.closeDescriptor(9999)).toThrow("Bad file descriptor");
  expect(() => memory.raiseSignal(9999)).toThrow("Bad file descriptor");
  spawnSync("/bin/sh", ["-c", `head -c 8192 /dev/zero | tr '\\0' x > ${path}`]);
  const fd = openSync(path, "r");
  expect(new Uint8Array(memory.mapMemory(fd, 4096, 4096, false))[4095]).toBe("x".charCodeAt(0));
  expect(() => memory.mapMemory(fd, 4097, 4096, false)).toThrow("the file is shorter than that");
  expect(() => memory.mapMemory(fd, 4096, 100, false)).toThrow("Invalid argument");
  closeSync(fd);
});
