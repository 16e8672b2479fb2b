import { type Diagnostic, diagnosticAt, type Span } from "../diagnostic.ts";

/** Gathers diagnostics about one source file. */
export class Problems {
  readonly list: Diagnostic[] = [];
  private readonly file: string;
  private readonly text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  error(span: Span, message: string, hint?: string): void {
    this.list.push(diagnosticAt(this.file, this.text, span, { message, hint }));
  }

  warning(span: Span, message: string, hint?: string): void {
    this.list.push(diagnosticAt(this.file, this.text, span, { severity: "warning", message, hint }));
  }

  get failed(): boolean {
    return this.list.some((one) => one.severity === "error");
  }
}
