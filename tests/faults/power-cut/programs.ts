import { type ChildProcess, fork } from "node:child_process";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import type { Answer, Ended, Question } from "./programs-process.ts";

/**
 * The tools' programs, started by a process of their own that is small: to start one, a process is copied first, and the page tables
 * of one that holds a card in memory take 50 ms.
 */
export class Programs implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer | Error) => void>();
  #asked = 0;

  constructor() {
    this.#process = fork(new URL("programs-process.ts", import.meta.url));
    this.#process.on("message", (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    this.#process.on("exit", () => {
      for (const answer of this.#waiting.values()) answer(new Error("the process that starts programs has ended"));
    });
  }

  /** As the toolset's own: what the program printed. */
  readonly run: Toolset["run"] = async (program, args) => {
    const answer = await this.#ask({ how: "run", program, args });
    return answer.said;
  };

  /** Whatever it ended with; `said`: the end of all that it printed. */
  ended(program: string, args: readonly string[]): Promise<Ended> {
    return this.#ask({ how: "ended", program, args });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#process.once("exit", () => resolve());
    this.#process.disconnect();
    await promise;
  }

  async #ask(question: Omit<Question, "id">): Promise<Ended> {
    const id = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<Answer | Error>();
    this.#waiting.set(id, resolve);
    this.#process.send({ id, ...question } satisfies Question);
    const answer = await promise;
    this.#waiting.delete(id);
    if (answer instanceof Error) throw answer;
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer;
  }
}
