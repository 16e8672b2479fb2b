import { stripVTControlCharacters } from "node:util";
import { textWidth } from "./text.ts";

/** Lines that are drawn over again in place, below whatever was printed before. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** Leaves the last picture, with the cursor visible and below it. Twice is once. */
  close(): void;
}

const CSI = "\u001b[";
const HIDE_CURSOR = `${CSI}?25l`;
const SHOW_CURSOR = `${CSI}?25h`;
const ERASE_TO_END_OF_LINE = `${CSI}K`;
const ERASE_BELOW = `${CSI}J`;
/** Terminals that know it show the picture when it is whole; the others ignore it. */
const BEGIN_UPDATE = `${CSI}?2026h`;
const END_UPDATE = `${CSI}?2026l`;

/** Each picture is one write, and no cell is blanked before it is drawn: nothing flickers. */
export function createScreen(out: NodeJS.WriteStream): Screen {
  let widths: readonly number[] = [];
  let open = true;
  const show = () => void (open && out.write(SHOW_CURSOR));
  // Also where the process ends by an exception.
  process.once("exit", show);
  out.write(HIDE_CURSOR);
  return {
    draw(lines) {
      if (!open) return;
      const up = rowsOf(widths, out.columns || 80);
      const body = lines.map((line) => `${line}${ERASE_TO_END_OF_LINE}\n`).join("");
      out.write(`${BEGIN_UPDATE}\r${up > 0 ? `${CSI}${up}A` : ""}${body}${ERASE_BELOW}${END_UPDATE}`);
      widths = lines.map((line) => textWidth(stripVTControlCharacters(line)));
    },
    close() {
      show();
      open = false;
      process.off("exit", show);
    },
  };
}

/** Rows that lines of these widths take: a terminal made narrower since has wrapped them. */
function rowsOf(widths: readonly number[], columns: number): number {
  return widths.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
}
