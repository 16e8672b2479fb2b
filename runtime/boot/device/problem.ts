import { utf8 } from "../../contract/index.ts";
import type { BootVolume } from "../../platform/index.ts";

const FILE = "steppps-problem.txt";
const HEAD = `The device runs, but not as steppps.yaml says. This file is the device's: it goes when all is well.

`;

/** The file beside `steppps.yaml` that says what is wrong with it: there while something is, for whoever puts the card into a computer. */
export class ProblemFile {
  readonly #volume: Pick<BootVolume, "read" | "change">;
  #turn: Promise<void> = Promise.resolve();

  constructor(volume: Pick<BootVolume, "read" | "change">) {
    this.#volume = volume;
  }

  /** Whatever is wrong now, one thing a line; nothing where all is well. A partition that can't be written stays as it is. */
  write(problems: readonly string[]): Promise<void> {
    this.#turn = this.#turn.then(() => this.#write(problems)).catch(() => {});
    return this.#turn;
  }

  async #write(problems: readonly string[]): Promise<void> {
    // Windows shows a text of several lines only with its own line ends.
    const content = problems.length === 0 ? undefined : utf8(HEAD.concat(problems.join("\n"), "\n").replaceAll("\n", "\r\n"));
    const there = await this.#volume.read(FILE).catch(() => undefined);
    if (content === undefined ? there === undefined : there && Buffer.from(there).equals(content)) return;
    await this.#volume.change([content === undefined ? { do: "remove", path: FILE } : { do: "write", path: FILE, content }]);
  }
}
