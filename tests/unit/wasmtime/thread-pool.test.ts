import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Config, Engine, ThreadPool } from "../../../runtime/wasmtime/src/index.ts";
import { batch, ECHO, effects, frame, handler, LIMITS, reactor } from "./reactors.ts";
import { codeOf, guest } from "./support.ts";

const engine = new Engine(new Config({ pooling: { instances: 100, memoryBytes: 1 << 20, tableElements: 10 } }));
const echo = guest(engine, ECHO);
const SPIN = handler(`(loop (br 0)) (i32.const 0)`);
const fixture = fileURLToPath(new URL("fixtures/busy-pool.ts", import.meta.url));

async function rejection(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(() => undefined).catch((error: { code: string }) => error.code);
}

describe("a thread pool", () => {
  test("runs batches of many reactors and gives each its own result", async () => {
    using pool = new ThreadPool({ threads: 3 });
    const reactors = Array.from({ length: 20 }, () => reactor(engine, echo));
    for (let round = 0; round < 50; round++) {
      const results = await Promise.all(
        reactors.map((subject, i) => subject.runOn(pool, batch({ at: BigInt(i) }, { at: BigInt(round) }))),
      );
      results.forEach((result, i) => {
        expect(effects(result)).toMatchObject([{}, { input: 0, at: BigInt(i) }, {}, { input: 1, at: BigInt(round) }]);
      });
    }
  });

  test("a reactor is busy until its promise settles, then runs anywhere", async () => {
    using pool = new ThreadPool({ threads: 1 });
    const subject = reactor(engine, echo);
    const running = subject.runOn(pool, frame());
    expect(codeOf(() => subject.run(frame()))).toBe("busy");
    expect(codeOf(() => subject.close())).toBe("busy");
    expect(codeOf(() => pool.close())).toBe("busy");
    expect(await rejection(subject.runOn(pool, frame()))).toBe("busy");
    expect((await running).completed).toBe(1);
    expect(subject.run(frame()).completed).toBe(1);
    subject.close();
  });

  test("works on its own copy of the batch", async () => {
    using pool = new ThreadPool({ threads: 1 });
    const spinner = reactor(engine, guest(engine, SPIN), { limits: { ...LIMITS, deadlineTicks: 30 } });
    const blocked = spinner.runOn(pool, frame());
    const subject = reactor(engine, echo);
    const input = frame({ at: 7n });
    const running = subject.runOn(pool, input);
    input.fill(255);
    structuredClone(input.buffer, { transfer: [input.buffer] });
    expect(effects(await running)).toMatchObject([{}, { at: 7n }]);
    expect((await blocked).stop).toMatchObject({ kind: "trap", trap: { code: "interrupt" } });
  });

  test("the event loop goes on while a guest spins, and the guest is stopped", async () => {
    using pool = new ThreadPool({ threads: 1 });
    const spinner = reactor(engine, guest(engine, SPIN), { limits: { ...LIMITS, deadlineTicks: 100 } });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const result = await spinner.runOn(pool, frame());
    clearInterval(turning);
    expect(result.stop).toMatchObject({ kind: "trap", trap: { code: "interrupt" } });
    expect(turns).toBeGreaterThan(5);
    expect(await rejection(spinner.runOn(pool, frame()))).toBe("trapped");
  });

  test("a stack bomb, bad pointers and traps stay in their reactor", async () => {
    using pool = new ThreadPool({ threads: 2 });
    const bomb = guest(
      engine,
      handler(`(call $handle (local.get $kind) (local.get $at) (local.get $ratio) (local.get $a) (local.get $b))`),
    );
    const wild = guest(
      engine,
      handler(`(call $publish (i32.const 0) (i32.const -1) (i32.const 5) (i32.const 0) (i32.const 0)) (i32.const 0)`),
    );
    const boom = guest(engine, handler(`unreachable`));
    for (let round = 0; round < 100; round++) {
      const subjects = [bomb, wild, boom].map((module) => reactor(engine, module));
      const stops = (await Promise.all(subjects.map((subject) => subject.runOn(pool, frame())))).map(({ stop }) => stop);
      expect(stops).toMatchObject([
        { trap: { code: "stack-overflow" } },
        { trap: { code: "guest-pointer" } },
        { trap: { code: "unreachable" } },
      ]);
      for (const subject of subjects) subject.close();
    }
  });

  test("takes no more batches than its limit", async () => {
    using pool = new ThreadPool({ threads: 1, queueLimit: 2 });
    const subjects = [1, 2, 3].map(() => reactor(engine, echo));
    const [one, two, three] = subjects.map((subject) => subject.runOn(pool, frame()));
    expect(await rejection(three as Promise<unknown>)).toBe("queue-full");
    await Promise.all([one, two]);
    expect((await subjects[2]?.runOn(pool, frame()))?.completed).toBe(1);
  });

  test("refuses what is malformed, and reactors with JavaScript imports", async () => {
    using pool = new ThreadPool({ threads: 1 });
    expect(await rejection(reactor(engine, echo).runOn(pool, new Uint8Array(3)))).toBe("batch");
    const scripted = reactor(engine, echo, {
      extraImports: [{ module: "js", name: "f", params: [], results: [], call: () => {} }],
    });
    expect(await rejection(scripted.runOn(pool, frame()))).toBe("script-imports");
    const closed = new ThreadPool({ threads: 1 });
    closed.close();
    expect(await rejection(reactor(engine, echo).runOn(closed, frame()))).toBe("closed");
  });

  test("checks its options", () => {
    expect(codeOf(() => new ThreadPool({ threads: 0 }))).toBe("option");
    expect(codeOf(() => new ThreadPool({ threads: 1, stackBytes: 100_000 }))).toBe("option");
    expect(codeOf(() => new ThreadPool({ threads: 1, queueLimit: 0 }))).toBe("option");
  });

  test("does not keep a process alive, and a process may end while it works", () => {
    expect(execFileSync(process.execPath, [fixture, "idle"], { encoding: "utf8" })).toBe("idle\n");
    expect(execFileSync(process.execPath, [fixture, "exit"], { encoding: "utf8" })).toBe("exit\n");
  });

  test("a worker may be terminated while its pool, or it itself, works", async () => {
    for (const mode of ["wait", "spin"]) {
      const worker = new Worker(fixture, { argv: [mode] });
      await new Promise((resolve) => worker.once("message", resolve));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await worker.terminate()).toBe(1);
    }
  });
});
