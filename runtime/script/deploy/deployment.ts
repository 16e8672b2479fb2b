import type { DeployOptions, DeployOutcome, DeployReport, DeployStep, ErrorCode } from "../../contract/index.ts";
import { StepppsError } from "../../contract/index.ts";
import type { Op, QueryRow } from "../../store/index.ts";

/** Who wants it: whoever sent an envelope, the device document, or a person who asked for that very version. */
export type DeploySource = "sender" | "document" | "person";

/** A deploy as the journal knows it. */
export interface Deployment {
  /** Counts all deploys of the device. */
  readonly number: number;
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
  readonly plugin: string;
  readonly version: string;
  /** The version that was at work when it began. */
  readonly previous?: string;
  /** SHA-256 of what was signed: signing again gives another envelope of the same content. */
  readonly content: string;
  readonly source: DeploySource;
  readonly step: DeployStep;
  readonly outcome: DeployOutcome;
  readonly asks: readonly string[];
  readonly differences: readonly string[];
  readonly options: DeployOptions;
  readonly error?: { readonly code: string; readonly detail: string };
  /** When it came, ms since the epoch, and how long it has taken. */
  readonly time: number;
  readonly millis: number;
  /** How often the supervisor ended, other than in order, while it was under way. */
  readonly starts: number;
}

/** After so many ends of the supervisor, other than in order, a deploy or a version on probation is given up. */
export const SUSPICIOUS_STARTS = 3;

/** After a start at least so much of the time that a gate or an approval has is left: the clock may say anything by then. */
export const AFTER_START = 0.25;

const OPEN: ReadonlySet<DeployOutcome> = new Set(["running", "waiting", "probation"]);

export function isOpen({ outcome }: Pick<Deployment, "outcome">): boolean {
  return OPEN.has(outcome);
}

/** What to commit so that the journal has it as it is now. */
export function putDeployment(deployment: Deployment): Op {
  const { number, id, plugin, version, previous, content, source, step, outcome } = deployment;
  const { asks, differences, options, error, time, millis, starts } = deployment;
  const [asksText, differencesText, optionsText] = [asks, differences, options].map((value) => JSON.stringify(value)) as [
    string,
    string,
    string,
  ];
  const because = [error?.code ?? null, error?.detail ?? null] as const;
  return [
    ...(["deploy.put", number, id, plugin, version, previous ?? null, content, source, step, outcome] as const),
    ...([asksText, differencesText, optionsText, ...because, time, millis, starts] as const),
  ];
}

export function readDeployment(row: QueryRow<"deploy.last">): Deployment {
  const { previous, code, detail, asks, differences, options, step, outcome, source, ...rest } = row;
  return {
    ...rest,
    step: step as DeployStep,
    outcome: outcome as DeployOutcome,
    source: source as DeploySource,
    asks: JSON.parse(asks) as string[],
    differences: JSON.parse(differences) as string[],
    options: JSON.parse(options) as DeployOptions,
    ...(previous !== null && { previous }),
    ...(code !== null && { error: { code, detail: detail ?? "" } }),
  };
}

/** As people and tools are told of it. */
export function reportOf(deployment: Deployment): DeployReport {
  const { id, step, outcome, plugin, version, previous, asks, differences, error, time, millis } = deployment;
  return {
    id,
    step,
    outcome,
    ok: outcome === "probation" || outcome === "done",
    plugin,
    version,
    time,
    millis,
    ...(previous !== undefined && { from: previous }),
    ...(asks.length > 0 && outcome === "waiting" && { asks }),
    ...(differences.length > 0 && { differences }),
    ...(error && { error: new StepppsError(error.code as ErrorCode, error.detail).toJSON() }),
  };
}

/** UTF-8 of differences in what is told over MQTT: the line may be slow, and the list of deploys has all of them. */
const TOLD_BYTES = 1024;

/** The report as it is published. */
export function briefly(report: DeployReport): DeployReport {
  const { differences = [] } = report;
  let bytes = 0;
  const kept = differences.filter((line, index) => {
    bytes += Buffer.byteLength(line);
    return bytes <= TOLD_BYTES || index === 0;
  });
  if (kept.length === differences.length) return report;
  const rest = `… and ${differences.length - kept.length} lines more (steppps plugin deploys --json)`;
  return { ...report, differences: [...kept, rest] };
}
