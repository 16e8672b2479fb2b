import type { Outcome } from "./lane.ts";

export interface StormReport {
  readonly seed: number;
  readonly deploys: number;
  readonly seconds: number;
  readonly kinds: readonly KindReport[];
  readonly good: number;
  readonly goodDone: number;
  readonly bad: number;
  /** Refused or rolled back, each with a reason that fits. */
  readonly badEnded: number;
  readonly inputs: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly lost: number;
    readonly twice: number;
    readonly repeats: number;
  };
  readonly supervisor: { readonly pid: number; readonly restarts: number };
  readonly memory: { readonly firstMB: number; readonly lastMB: number; readonly slopeMBPer100Deploys: number };
  /** Ends that a busy machine explains, a line each: they count above, and are wrong only where they are many. */
  readonly doubts: readonly string[];
  /** What is wrong, a line each. */
  readonly faults: readonly string[];
}

export interface KindReport {
  readonly kind: string;
  readonly good: boolean;
  readonly deploys: number;
  /** How often it ended how. */
  readonly ends: Readonly<Record<string, number>>;
}

export function byKind(outcomes: readonly Outcome[]): KindReport[] {
  const names = [...new Set(outcomes.map(({ kind }) => kind.name))].sort();
  return names.map((name) => {
    const those = outcomes.filter(({ kind }) => kind.name === name);
    const ends: Record<string, number> = {};
    for (const { end } of those) ends[end] = (ends[end] ?? 0) + 1;
    return { kind: name, good: those[0]?.kind.good ?? false, deploys: those.length, ends };
  });
}

export function toMarkdown(report: StormReport): string {
  const { seed, deploys, seconds, good, goodDone, bad, badEnded, inputs, supervisor, memory, doubts, faults, kinds } = report;
  const row = ({ kind, deploys: count, ends }: KindReport) => {
    const all = Object.entries(ends).sort(([, a], [, b]) => b - a);
    return `| ${kind} | ${count} | ${all.map(([end, times]) => `${end} ${times > 1 || all.length > 1 ? `(${times})` : ""}`.trim()).join(", ")} |`;
  };
  const table = (of: readonly KindReport[]) => ["| version | deploys | ended |", "| --- | --- | --- |", ...of.map(row), ""];
  return [
    "# The storm of deploys",
    "",
    `${deploys} deploys in ${seconds} s (seed ${seed}), while ${inputs.sent} inputs came.`,
    "",
    `- ${goodDone} of ${good} good ones are done; ${badEnded} of ${bad} bad ones were refused or rolled back with their reason`,
    `- ${inputs.acknowledged} of ${inputs.sent} inputs acknowledged, ${inputs.lost} of them lost, ${inputs.twice} applied twice; ${inputs.repeats} outputs came again, as they may`,
    `- the supervisor (process ${supervisor.pid}) restarted ${supervisor.restarts} times`,
    `- resident memory ${memory.firstMB} MB after a third, ${memory.lastMB} MB at the end, ${memory.slopeMBPer100Deploys} MB per 100 deploys`,
    "",
    "## Good versions",
    "",
    ...table(kinds.filter((kind) => kind.good)),
    "## Bad versions",
    "",
    ...table(kinds.filter((kind) => !kind.good)),
    "## What is wrong",
    "",
    ...(faults.length === 0 ? ["Nothing."] : faults.map((fault) => `- ${fault}`)),
    ...doubts.map((doubt) => `- (a busy machine may explain it) ${doubt}`),
    "",
  ].join("\n");
}
