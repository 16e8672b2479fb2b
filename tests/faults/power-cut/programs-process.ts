import { execFile } from "node:child_process";
import { readLock } from "../../../images/lock/lock.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import { type Toolset, toolset } from "../../../images/toolset/toolset.ts";

/** What Programs asks of this process, and what it answers. */
export interface Question {
  readonly id: number;
  /** "run": it has to end well; "ended": with whatever code. */
  readonly how: "run" | "ended";
  readonly program: string;
  readonly args: readonly string[];
}

export interface Ended {
  readonly code: number;
  readonly said: string;
}

export interface Answer extends Ended {
  readonly id: number;
  /** Why there is no answer. */
  readonly failed?: string;
}

const MOST_SAID = 500;

if (process.send) {
  const tools = await toolset(readLock(), imagePlaces());
  process.on("message", async ({ id, how, program, args }: Question) => {
    const answering = how === "run" ? tools.run(program, args).then((said) => ({ code: 0, said })) : ended(tools, program, args);
    const answer = await answering.catch(({ message }: Error) => ({ code: -1, said: "", failed: message }));
    process.send?.({ id, ...answer } satisfies Answer);
  });
}

function ended(tools: Toolset, program: string, args: readonly string[]): Promise<Ended> {
  const [command, ...first] = tools.command(program);
  return new Promise((resolve, reject) => {
    execFile(command, [...first, ...args], (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim().slice(-MOST_SAID);
      if (!error) resolve({ code: 0, said });
      else if (typeof error.code === "number") resolve({ code: error.code, said });
      else reject(error);
    });
  });
}
