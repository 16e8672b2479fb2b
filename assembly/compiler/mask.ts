/**
 * `text` with comments, strings and regular expressions blanked out, offset for offset, so that patterns find code and
 * nothing else. The code inside `${…}` of a template stays.
 */
export function maskSource(text: string): string {
  const out = text.split("");
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to && i < out.length; i++) if (out[i] !== "\n") out[i] = " ";
  };
  /** Depths of braces at which a template's ${…} closes, the innermost last. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const template = (from: number): number => {
    const end = templateChunk(text, from);
    blank(from, end.at);
    if (end.hole) templates.push(depth++);
    return end.at;
  };
  while (at < text.length) {
    const letter = text[at] as string;
    const two = text.slice(at, at + 2);
    if (two === "//" || two === "/*") {
      const close = two === "//" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2) + 2;
      const end = close < 2 && two === "/*" ? text.length : close < 0 ? text.length : close;
      blank(at, end);
      at = end;
    } else if (letter === '"' || letter === "'") {
      const end = stringEnd(text, at);
      blank(at + 1, end - 1);
      at = end;
    } else if (letter === "`") {
      at = template(at + 1);
    } else if (letter === "{") {
      depth++;
      at++;
    } else if (letter === "}") {
      depth--;
      at++;
      if (templates.at(-1) === depth) {
        templates.pop();
        at = template(at);
      }
    } else at++;
  }
  return out.join("");
}

/** Past a template's text: to its closing backtick, or into a hole. */
function templateChunk(text: string, from: number): { at: number; hole: boolean } {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "`") return { at: at + 1, hole: false };
    else if (text[at] === "$" && text[at + 1] === "{") return { at: at + 2, hole: true };
  }
  return { at: text.length, hole: false };
}

/** Past the closing quote; a line's end closes it too. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[from]) return at + 1;
    else if (text[at] === "\n") return at;
  }
  return text.length;
}
