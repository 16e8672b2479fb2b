import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { CommitQueue } from "../../../runtime/store/commit-queue.ts";
import { splitGroup } from "../../../runtime/store/group.ts";
import type { Op } from "../../../runtime/store/index.ts";

const op = (bytes: number): Op[] => [["state.set", "plugin", "key", new Uint8Array(bytes)]];
const size = (next: { group: ArrayBuffer; bytes: number } | undefined) =>
  next && splitGroup(new Uint8Array(next.group, 0, next.bytes)).length;

test("everything that waits when the thread is free goes as one group, and nothing while one is on its way", async () => {
  const queue = new CommitQueue(1000);
  const first = queue.add(op(1));
  const sent = queue.next();
  const rest = [queue.add(op(1)), queue.add(op(1))];
  expect(size(sent)).toBe(1);
  expect(queue.next()).toBeUndefined();
  queue.settle(new ArrayBuffer(8), undefined);
  await first;
  expect(size(queue.next())).toBe(2);
  queue.settle(new ArrayBuffer(8), undefined);
  await Promise.all(rest);
  expect(queue.idle).toBe(true);
});

test("a failed commit is told so alone", async () => {
  const queue = new CommitQueue(1000);
  const outcomes = Promise.allSettled([queue.add(op(1)), queue.add(op(1))]);
  queue.next();
  queue.settle(new ArrayBuffer(8), [{ code: "E_STORE_CONFLICT", detail: "there already" }, undefined]);
  expect(await outcomes).toEqual([
    { status: "rejected", reason: new StepppsError("E_STORE_CONFLICT", "there already") },
    { status: "fulfilled", value: undefined },
  ]);
});

test("pressure rises with what waits and what is on its way, and falls when it is written", async () => {
  const queue = new CommitQueue(1000);
  expect(queue.pressure()).toBe(0);
  const all = [queue.add(op(400))];
  queue.next();
  expect(queue.pressure()).toBeGreaterThan(0.4);
  all.push(queue.add(op(4000)));
  expect(queue.pressure()).toBe(1);
  queue.settle(new ArrayBuffer(8), undefined);
  queue.next();
  queue.settle(new ArrayBuffer(8), undefined);
  expect(queue.pressure()).toBe(0);
  await Promise.all(all);
});

test("a group that is large enough takes no more commits: transactions are bounded", () => {
  const queue = new CommitQueue(1e9);
  for (let i = 0; i < 3; i++) void queue.add(op(5 * 1024 * 1024));
  expect(size(queue.next())).toBe(2);
  queue.settle(new ArrayBuffer(8), undefined);
  expect(size(queue.next())).toBe(1);
});

test("a refused value leaves no trace and no unused group", async () => {
  const queue = new CommitQueue(1000);
  expect(() => queue.add([["meta.set", "key", 1 as unknown as string]])).toThrow("E_STORE_VALUE");
  expect(queue.idle).toBe(true);
  expect(queue.next()).toBeUndefined();
  expect(queue.pressure()).toBe(0);
  void queue.add(op(1));
  expect(size(queue.next())).toBe(1);
});

test("when nothing can be written any more, everyone who waits is told why", async () => {
  const queue = new CommitQueue(1000);
  const first = queue.add(op(1));
  queue.next();
  const second = queue.add(op(1));
  queue.fail(new StepppsError("E_STORE_CLOSED"));
  await expect(first).rejects.toThrow("E_STORE_CLOSED");
  await expect(second).rejects.toThrow("E_STORE_CLOSED");
});
