import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { StepppsError } from "../../contract/errors/index.ts";

const run = promisify(execFile);

/** Sets the machine's clock, in ms since the epoch; `date` is a program with its first arguments. Throws E_CLOCK_SET. */
export async function setWallClock(time: number, date: readonly string[]): Promise<void> {
  const [program = "", ...first] = date;
  try {
    await run(program, [...first, "-u", "-s", `@${Math.floor(time / 1000)}`], { timeout: 10_000 });
  } catch (cause) {
    throw new StepppsError(
      "E_CLOCK_SET",
      String((cause as { stderr?: string }).stderr ?? cause)
        .trim()
        .slice(0, 200),
      { cause },
    );
  }
}
