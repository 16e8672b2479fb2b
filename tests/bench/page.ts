import type { Figure } from "./figure.ts";
import type { Machine } from "./machine.ts";
import { shortfallOf } from "./shortfalls.ts";
import type { Measured } from "./suite.ts";
import { formatValue } from "./table.ts";

export interface Run {
  readonly title: string;
  /** What was run. */
  readonly command: string;
  readonly date: string;
  readonly machine: Machine;
  /** The most that other work used of the machine during a window, in cores; null when the run went on regardless of it. */
  readonly foreignCores: number | null;
  readonly measured: readonly Measured[];
}

/** A page of figures, as Markdown. */
export function figuresPage({ title, command, date, machine, foreignCores, measured }: Run): string {
  const figures = measured.flatMap((one) => one.figures);
  const bounded = figures.filter(({ bound }) => bound !== null);
  const short = figures.filter(({ holds }) => holds === false);
  const quiet =
    foreignCores === null
      ? "Other work was let run meanwhile (`--force`): take the figures with care."
      : `Other work used at most ${foreignCores.toFixed(2)} cores during a window; a window with more is measured again, and a run without quiet windows reports nothing.`;
  return `${[
    `# ${title}`,
    `Written by \`${command} -- --doc\`, from one run; nothing is carried over from another.`,
    `- ${date}, ${machine.processor}, ${machine.cores} cores shared by load generator, broker and worker, ${machine.memoryGiB} GiB, ${machine.system}\n` +
      `- ${Object.entries(machine.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(" · ")}\n` +
      `- ${quiet}\n` +
      `- ${bounded.length - short.filter(({ bound }) => bound !== null).length} of ${bounded.length} bounds hold`,
    ...measured.map(section),
    shortfalls(short),
  ].join("\n\n")}\n`;
}

function section({ suite, figures, seconds }: Measured): string {
  return [
    `## ${suite.name}`,
    `${suite.about} (${Math.round(seconds)} s)`,
    ["| figure | value | bound | |", "|---|---:|---|---|", ...figures.map(line)].join("\n"),
  ].join("\n\n");
}

function line({ name, value, unit, bound, holds, reason }: Figure): string {
  const cell = value === null ? "not measured" : `${formatValue(value)} ${unit}`;
  const verdict = reason ?? (bound === null ? "" : holds ? "holds" : "**short**");
  return `| ${[name, cell, bound ?? "", verdict].map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

function shortfalls(short: readonly Figure[]): string {
  if (short.length === 0) return "## What falls short\n\nNothing.";
  const lines = short.map(({ name, reason }) => `- **${name}**: ${reason ?? shortfallOf(name) ?? "not explained yet."}`);
  return `## What falls short, and why\n\n${lines.join("\n")}`;
}
