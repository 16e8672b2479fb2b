/** One thing the compiler has to say, as an editor would show it. Lines and columns count from 1. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Path as it was given to the compiler. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters that it is about. */
  readonly length: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** The line of source. */
  readonly source: string;
}

/** A place in a text by offset. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A diagnostic about `span` of `text`. */
export function diagnosticAt(
  file: string,
  text: string,
  span: Span,
  rest: { severity?: "error" | "warning"; message: string; hint?: string | undefined },
): Diagnostic {
  const start = Math.min(span.start, text.length);
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  const source = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).replace(/\r$/, "");
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < start; at = text.indexOf("\n", at + 1)) line++;
  const column = start - lineStart + 1;
  return {
    severity: rest.severity ?? "error",
    file,
    line,
    column,
    length: Math.max(1, Math.min(span.end - start, source.length - column + 1)),
    message: rest.message,
    ...(rest.hint ? { hint: rest.hint } : {}),
    source,
  };
}

/**
 * The diagnostic as a person reads it:
 *
 *   plugin.ts:12:9 error: AssemblyScript has no for..of
 *      12 |     for (const x of list) {
 *         |     ^^^^^^^^^^^^^^^^^^^^^
 *         = write: for (let i = 0; i < list.length; i++)
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, length, severity, message, hint, source } = diagnostic;
  const margin = " ".repeat(Math.max(5, String(line).length + 1));
  // A tab before the caret stays a tab, so that the caret stands under its letter whatever a tab's width is.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
  const lines = [
    `${file}:${line}:${column} ${severity}: ${message}`,
    `${String(line).padStart(margin.length)} | ${source}`,
    `${margin} | ${indent}${"^".repeat(length)}`,
  ];
  if (hint) lines.push(`${margin} = ${hint}`);
  return lines.join("\n");
}
