import type { StepppsError } from "../contract/errors/index.ts";

/** Where a command prints: results on stdout, all else on stderr, so that results can be piped. */
export interface Output {
  readonly json: boolean;
  /** The command's result: as JSON on one line with --json, otherwise as `text` says it. */
  result(value: unknown, text: () => string): void;
  /** Something for people on the way; nothing with --json. */
  note(text: string): void;
  error(error: StepppsError): void;
  /** A line that says how far something is, in place of the one before; "" takes it away. Only in a terminal. */
  progress(text: string): void;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

export function createOutput({ stdout, stderr }: Streams, json: boolean): Output {
  return {
    json,
    result: (value, text) => stdout.write(`${json ? JSON.stringify(value) : printable(text())}\n`),
    note: (text) => (json ? undefined : stderr.write(`${printable(text)}\n`)),
    error: (error) => stderr.write(json ? `${JSON.stringify({ error })}\n` : printable(formatError(error))),
    progress: (text) => (json || !stderr.isTTY ? undefined : stderr.write(`\r\x1b[2K${printable(text)}`)),
  };
}

/** `text` without what would steer a terminal: it may hold what a plugin or a stranger's message said. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}

/** The four parts of an error, as the catalogue has them. */
function formatError(error: StepppsError): string {
  const { why, fix } = error.row;
  return `error ${error.message}\n  why: ${why}\n  fix: ${fix}\n`;
}

/** Columns as wide as their widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
