import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { trimmedKernel } from "../kernel/trimmed.ts";
import { readLock } from "../lock/lock.ts";
import { boardNamed } from "./boards.ts";
import { Progress } from "./progress.ts";
import type { Verb } from "./verb.ts";

const SECONDS_BETWEEN_LINES = 15;

/** `npm run kernel`: compiles STEPPPS's own kernel into `out/`. */
export const kernel: Verb = {
  usage: "npm run kernel -- --board NAME",
  async run(args, { places, say, print }) {
    const { values } = parseArgs({ args: [...args], options: { board: { type: "string" } } });
    const { arch } = boardNamed(values.board);
    const { image, config } = await new Progress(1, say).step(`kernel for ${arch}: minutes, the first time`, () =>
      trimmedKernel(arch, readLock(), places, everySoOften(say)),
    );
    await mkdir(places.out, { recursive: true });
    const out = join(places.out, `steppps-kernel-${arch}`);
    await copyFile(image, out);
    await copyFile(config, `${out}.config`);
    say(`${((await stat(out)).size / 1e6).toFixed(1)} MB`);
    print(out);
  },
};

/** A compiler says much: one of its lines now and then shows that it is at work. */
function everySoOften(say: (line: string) => void): (line: string) => void {
  const began = performance.now();
  let next = SECONDS_BETWEEN_LINES;
  let lines = 0;
  return (line) => {
    lines++;
    const seconds = (performance.now() - began) / 1000;
    if (seconds < next) return;
    next = seconds + SECONDS_BETWEEN_LINES;
    say(`  ${Math.round(seconds)} s, ${lines} steps: ${line.trim().slice(0, 80)}`);
  };
}
