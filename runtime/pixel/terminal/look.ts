import type { Tone } from "../figures/health.ts";

/** What a terminal can show. */
export interface Look {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly glyphs: Glyphs;
}

export interface Glyphs {
  readonly tone: Readonly<Record<Tone, string>>;
  readonly ellipsis: string;
  readonly dot: string;
}

/** Signs differ in shape, not only in colour. */
const UNICODE: Glyphs = { tone: { good: "●", neutral: "○", warn: "▲", bad: "✖" }, ellipsis: "…", dot: "·" };
const ASCII: Glyphs = { tone: { good: "*", neutral: "o", warn: "!", bad: "x" }, ellipsis: "...", dot: "-" };

export type Style = Tone | "bold" | "dim" | "accent";

/** SGR parameters [ECMA-48 8.3.117]; of the sixteen colours, which follow the terminal's own scheme. */
const SGR: Readonly<Record<Style, string>> = {
  good: "32",
  neutral: "36",
  warn: "33",
  bad: "31",
  bold: "1",
  dim: "2",
  accent: "36",
};

/** From the environment: NO_COLOR (no-color.org), TERM, and the locale's character set [POSIX.1-2024 8.2]. */
export function lookOf(env: NodeJS.ProcessEnv, tty: boolean): Look {
  const unicode = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
  return { color: tty && !env.NO_COLOR && env.TERM !== "dumb", unicode, glyphs: unicode ? UNICODE : ASCII };
}

export function paint(text: string, style: Style | undefined, { color }: Look): string {
  return color && style && text.trim() !== "" ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text;
}
