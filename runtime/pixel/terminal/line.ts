import { type Look, paint, type Style } from "./look.ts";
import { fitText, plainText, textWidth } from "./text.ts";

/** A piece of a line. `text` may come from anywhere: it is made plain before it is shown. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}
export type Line = readonly Span[];

/** The line as the terminal takes it, in at most `columns` columns. */
export function renderLine(line: Line, columns: number, look: Look): string {
  let left = columns;
  let out = "";
  for (const { text, style } of line) {
    const fitting = fitText(plainText(text, look.unicode), left, look.glyphs.ellipsis);
    left -= textWidth(fitting);
    out += paint(fitting, style, look);
    if (left <= 0) break;
  }
  return out.trimEnd();
}
