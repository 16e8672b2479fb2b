import type { Range } from "assemblyscript";
import { type Diagnostic, diagnosticAt } from "../diagnostic.ts";

/** Gathers what is wrong with a plugin's sources. */
export class Problems {
  readonly list: Diagnostic[] = [];
  private readonly pathOf: (normalizedPath: string) => string;

  /** `pathOf`: a source's path as its author knows it. */
  constructor(pathOf: (normalizedPath: string) => string = (path) => path) {
    this.pathOf = pathOf;
  }

  error(range: Range, message: string, hint?: string): void {
    this.add("error", range, message, hint);
  }

  warning(range: Range, message: string, hint?: string): void {
    this.add("warning", range, message, hint);
  }

  get failed(): boolean {
    return this.list.some((one) => one.severity === "error");
  }

  private add(severity: Diagnostic["severity"], range: Range, message: string, hint: string | undefined): void {
    const { normalizedPath, text } = range.source;
    this.list.push(diagnosticAt(this.pathOf(normalizedPath), text, range, { severity, message, hint }));
  }
}
