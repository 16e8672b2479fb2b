import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Port, type RunResult, type Session, StepppsError, type Tensor } from "../../../runtime/contract/index.ts";
import { InferenceQueue } from "../../../runtime/inference/queue.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";

const PORT: Port = { name: "x", dtype: "float32", dims: [-1, 1], symbols: ["n", ""] };
const input = (value: number): Tensor => ({
  dtype: "float32",
  dims: [1, 1],
  bytes: new Uint8Array(new Float32Array([value]).buffer),
});
const scalarOf = (tensor: Tensor | undefined) => new Float32Array((tensor as Tensor).bytes.slice().buffer)[0];

/** A session whose runs are answered by hand: what is tested is who goes when, which no real model would show. */
class Steps implements Session {
  readonly provider = "wasm";
  readonly inputs = [PORT];
  readonly outputs = [PORT];
  readonly batch: number;
  readonly runs: { readonly values: (number | undefined)[]; answer(): void; fail(error: StepppsError): void }[] = [];

  constructor(batch: number) {
    this.batch = batch;
  }

  run(calls: readonly (readonly Tensor[])[]): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.runs.push({
        values: calls.map(([tensor]) => scalarOf(tensor)),
        answer: () => resolve({ outputs: calls, micros: 1, copied: 0 }),
        fail: reject,
      });
    });
  }

  free() {}
}

function setUp(batch: number, waitingPerOwner?: number) {
  const session = new Steps(batch);
  const clock = new VirtualClock();
  const model = { name: "m", version: "1.0.0", session };
  const queue = new InferenceQueue({
    models: { get: (name) => (name === "m" ? model : undefined) },
    clock,
    ...(waitingPerOwner === undefined ? {} : { waitingPerOwner }),
  });
  const ask = (value: number, owner = "me", deadline = 1000) =>
    queue.infer({ model: "m", inputs: [input(value)], deadline, owner });
  return { session, clock, queue, ask };
}

test("what is asked in one turn of the event loop goes over together, and each gets its own", async () => {
  const { session, ask } = setUp(64);
  const asked = [1, 2, 3].map((value) => ask(value));
  await turn();
  expect(session.runs.map(({ values }) => values)).toEqual([[1, 2, 3]]);
  session.runs[0]?.answer();
  expect((await Promise.all(asked)).map(({ outputs }) => scalarOf(outputs[0]))).toEqual([1, 2, 3]);
});

test("no more than two runs are under way; what comes meanwhile goes together into the next, owners in turn", async () => {
  const { session, ask } = setUp(3);
  const asked = [1, 2, 3, 4, 5, 6].map((value) => ask(value, "loud"));
  await turn();
  asked.push(ask(7, "loud"), ask(8, "loud"), ask(9, "loud"), ask(10, "quiet"), ask(11, "quiet"));
  await turn();
  expect(session.runs).toHaveLength(2);
  session.runs[0]?.answer();
  await turn();
  expect(session.runs[2]?.values).toEqual([7, 10, 8]);
  session.runs[1]?.answer();
  await turn();
  expect(session.runs[3]?.values).toEqual([11, 9]);
  session.runs[2]?.answer();
  session.runs[3]?.answer();
  await Promise.all(asked);
});

test("a deadline is answered when it is over, whatever the run does, and what waits then is not run", async () => {
  const { session, clock, ask } = setUp(1);
  const asked = [1, 2, 3].map((value) => ask(value, "me", 100));
  await turn();
  clock.advance(99);
  const late = asked.map((one) => expect(one).rejects.toMatchObject({ code: "E_INFER_DEADLINE" }));
  clock.advance(1);
  await Promise.all(late);
  session.runs[0]?.answer();
  await turn();
  expect(session.runs).toHaveLength(2);
});

test("when the worker ends under a run, each of its calls is tried once more, alone", async () => {
  const { session, ask } = setUp(64);
  const asked = [1, 2].map((value) => ask(value));
  await turn();
  session.runs[0]?.fail(new StepppsError("E_INFER_WORKER", "gone"));
  await turn();
  expect(session.runs.slice(1).map(({ values }) => values)).toEqual([[1], [2]]);
  session.runs[1]?.answer();
  session.runs[2]?.fail(new StepppsError("E_INFER_WORKER", "gone again"));
  expect((await asked[0])?.provider).toBe("wasm");
  await expect(asked[1]).rejects.toMatchObject({ code: "E_INFER_WORKER", detail: "gone again" });
  expect(session.runs).toHaveLength(3);
});

test("one input that fails doesn't take down those that ran with it", async () => {
  const { session, ask } = setUp(64);
  const asked = [1, 2].map((value) => ask(value));
  await turn();
  session.runs[0]?.fail(new StepppsError("E_INFER_RUN", "one of them"));
  await turn();
  session.runs[1]?.fail(new StepppsError("E_INFER_RUN", "this one"));
  session.runs[2]?.answer();
  await expect(asked[0]).rejects.toMatchObject({ code: "E_INFER_RUN", detail: "this one" });
  await expect(asked[1]).resolves.toMatchObject({ model: { name: "m", version: "1.0.0" } });
});

test("too many that wait, no such model, no time and the wrong shape are refused at once", async () => {
  const { queue, ask } = setUp(64, 2);
  const waiting = [ask(1), ask(2)];
  await expect(ask(3)).rejects.toMatchObject({ code: "E_INFER_BUSY" });
  void ask(4, "somebody else");
  await expect(queue.infer({ model: "n", inputs: [], deadline: 1, owner: "me" })).rejects.toMatchObject({
    code: "E_INFER_MODEL",
  });
  await expect(ask(1, "a", 0)).rejects.toMatchObject({ code: "E_INFER_DEADLINE" });
  await expect(ask(1, "a", Number.NaN)).rejects.toMatchObject({ code: "E_INFER_DEADLINE" });
  await expect(queue.infer({ model: "m", inputs: [], deadline: 1, owner: "a" })).rejects.toMatchObject({ code: "E_INFER_SHAPE" });
  expect(queue.has("m") && !queue.has("n")).toBe(true);
  expect(waiting).toHaveLength(2);
});
