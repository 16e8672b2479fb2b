/** Control characters, which could move the cursor or change the terminal, and marks that reverse the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** Two columns wide in every terminal: East Asian wide and full-width characters [UAX #11], and emoji. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Everything that reaches the terminal from outside: one line, without anything the terminal would act on. */
export function plainText(text: string, unicode: boolean): string {
  const line = text.replace(CONTROL, " ");
  return unicode ? line.toWellFormed() : line.replace(/[^\x20-\x7e]/gu, "?");
}

/** Columns that `text` takes. */
export function textWidth(text: string): number {
  return isAscii(text) ? text.length : graphemes(text).reduce((sum, part) => sum + widthOf(part), 0);
}

/** `text` in at most `columns` columns; what is cut ends in `ellipsis`. */
export function fitText(text: string, columns: number, ellipsis: string): string {
  if (columns <= 0) return "";
  if (textWidth(text) <= columns) return text;
  const room = columns - textWidth(ellipsis);
  if (room <= 0) return ellipsis.slice(0, columns);
  let width = 0;
  let cut = "";
  for (const part of graphemes(text)) {
    width += widthOf(part);
    if (width > room) break;
    cut += part;
  }
  return cut + ellipsis;
}

/** `text` cut or filled to exactly `columns` columns. */
export function padText(text: string, columns: number, ellipsis: string): string {
  const fitting = fitText(text, columns, ellipsis);
  return fitting + " ".repeat(Math.max(0, columns - textWidth(fitting)));
}

function widthOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}

function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
