import type { DeployOutcome, DeployReport } from "../contract/deploy.ts";
import { table } from "./output.ts";

const SAID: Readonly<Record<DeployOutcome, string>> = {
  running: "under way",
  waiting: "waits for approval",
  probation: "at work, watched",
  done: "at work",
  refused: "not taken",
  "rolled-back": "taken back",
};

/** How much of a deploy's id is shown; any beginning of four characters or more names it. */
const ID_LENGTH = 8;

/** Newest first, a line each; then why those that waited or failed did. */
export function formatDeploys(deploys: readonly DeployReport[]): string {
  if (deploys.length === 0) return "nothing was deployed";
  const rows = deploys.map(({ id, time, plugin = "", version = "", outcome, step, millis }) => [
    id.slice(0, ID_LENGTH),
    new Date(time).toISOString().slice(0, 19).replace("T", " "),
    plugin,
    version,
    SAID[outcome],
    outcome === "refused" || outcome === "running" ? step : "",
    `${millis} ms`,
  ]);
  const notes = deploys.flatMap(noteOf);
  return [table([["ID", "WHEN (UTC)", "PLUGIN", "VERSION", "OUTCOME", "STEP", "TOOK"], ...rows]), ...notes].join("\n");
}

/** One deploy, with all that is to be said of it. */
export function formatDeploy(report: DeployReport): string {
  const { plugin, version, outcome, differences = [] } = report;
  const lines = [`${plugin} ${version}: ${SAID[outcome]}`, ...noteOf(report)];
  if (differences.length > 0) lines.push("on recorded inputs it did otherwise:", ...differences.map((line) => `  ${line}`));
  return lines.join("\n");
}

function noteOf({ id, outcome, asks = [], error }: DeployReport): string[] {
  const short = id.slice(0, ID_LENGTH);
  if (outcome === "waiting") {
    const wants = asks.map((ask) => `  it asks to ${ask}`);
    return [`${short} waits:`, ...wants, `  steppps plugin approve ${short}, or steppps plugin refuse ${short}`];
  }
  return error ? [`${short} ${error.code}: ${error.what}: ${error.detail}`] : [];
}
