import type { Figure } from "./figure.ts";

/** Figures as lines of text: name, value, unit, bound and whether it holds. */
export function formatFigures(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures.map((figure) => {
    const value = figure.value === null ? "-" : formatValue(figure.value);
    return `${figure.name.padEnd(width)} ${value.padStart(10)} ${figure.unit.padEnd(4)} ${verdictOf(figure)}`.trimEnd();
  });
}

export function formatValue(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

function verdictOf({ bound, holds, reason }: Figure): string {
  if (reason !== undefined) return `NOT MEASURED: ${reason}`;
  if (bound === null) return "";
  return `${bound} ${holds ? "holds" : "SHORT"}`;
}
