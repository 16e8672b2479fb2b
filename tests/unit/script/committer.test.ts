import { expect, test } from "vitest";
import { Committer, type Unit } from "../../../runtime/script/workflow/committer.ts";
import type { Op } from "../../../runtime/store/index.ts";

const op = (key: string): Op => ["meta.set", key, ""];

/** A committer whose commits are answered by hand. */
function setUp() {
  const commits: { keys: string[]; resolve(): void; reject(error: Error): void }[] = [];
  const done: string[] = [];
  const lost: string[][] = [];
  const committer = new Committer(
    (ops) =>
      new Promise((resolve, reject) => {
        commits.push({ keys: ops.map((one) => one[1] as string), resolve, reject });
      }),
    async (_, units) => void lost.push(units.map((unit) => unit.ops[0]?.[1] as string)),
  );
  const add = (key: string, bytes = 0) =>
    committer.add({ ops: [op(key)], bytes, offers: [], committed: () => done.push(key) } satisfies Unit);
  return { committer, commits, done, lost, add };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what comes while a commit is under way goes together, after it", async () => {
  const { committer, commits, done, add } = setUp();
  add("a");
  add("b");
  add("c");
  expect(commits.map(({ keys }) => keys)).toEqual([["a"]]);
  expect(committer.backlog).toBe(3);
  commits[0]?.resolve();
  await turn();
  expect(done).toEqual(["a"]);
  expect(commits[1]?.keys).toEqual(["b", "c"]);
  const idle = committer.idle();
  commits[1]?.resolve();
  await idle;
  expect(done).toEqual(["a", "b", "c"]);
  expect(committer.backlog).toBe(0);
});

test("what is large goes in parts", async () => {
  const { commits, add } = setUp();
  for (const key of ["a", "b", "c", "d"]) add(key, 1_500_000);
  for (let i = 0; i < 4; i++) {
    commits[i]?.resolve();
    await turn();
  }
  expect(commits.map(({ keys }) => keys)).toEqual([["a"], ["b"], ["c"], ["d"]]);
});

test("when a commit fails, all that waits behind it fails too, and what comes later does not", async () => {
  const { commits, done, lost, add, committer } = setUp();
  add("a");
  add("b");
  commits[0]?.reject(new Error("full"));
  await turn();
  expect(lost).toEqual([["a", "b"]]);
  add("c");
  commits[1]?.resolve();
  await committer.idle();
  expect(done).toEqual(["c"]);
});

test("a unit without ops waits for those before it, and for no disk", async () => {
  const { committer, commits, done, add } = setUp();
  const nothing = (key: string) => committer.add({ ops: [], offers: [], committed: () => done.push(key) });
  nothing("first");
  expect(done).toEqual(["first"]);
  add("a");
  nothing("second");
  expect(done).toEqual(["first"]);
  commits[0]?.resolve();
  await committer.idle();
  expect(done).toEqual(["first", "a", "second"]);
  expect(commits).toHaveLength(1);
});
