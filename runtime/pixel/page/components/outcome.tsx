import type { DeployOutcome, DeployReport } from "../../../contract/index.ts";
import type { Tone } from "../../figures/health.ts";
import { Refused } from "./refused.tsx";
import { ToneWord } from "./tone.tsx";

const OUTCOMES: Readonly<Record<DeployOutcome, { readonly word: string; readonly tone: Tone }>> = {
  running: { word: "under way", tone: "neutral" },
  waiting: { word: "waits for approval", tone: "warn" },
  probation: { word: "at work, watched", tone: "good" },
  done: { word: "at work", tone: "good" },
  refused: { word: "refused", tone: "bad" },
  "rolled-back": { word: "rolled back", tone: "bad" },
};

export function OutcomeWord({ outcome }: { outcome: DeployOutcome }) {
  const { word, tone } = OUTCOMES[outcome] ?? { word: outcome, tone: "neutral" };
  return <ToneWord tone={tone}>{word}</ToneWord>;
}

/** What a deploy came to, in full: its reason, what it asks for, what it does otherwise than the version before. */
export function Outcome({ report, past = false }: { report: DeployReport; past?: boolean }) {
  const { plugin = "", version = "", outcome, step, error, asks, differences } = report;
  return (
    <div class="outcome">
      <p>
        <strong>
          {plugin} {version}
        </strong>{" "}
        <OutcomeWord outcome={outcome} />
        {error && <span class="muted"> at {step}</span>}
      </p>
      {asks && asks.length > 0 && <Lines title="It asks for what the version at work may not:" lines={asks} />}
      {differences && differences.length > 0 && (
        <details>
          <summary>On recent inputs it did otherwise than the version before</summary>
          <pre>{differences.join("\n")}</pre>
        </details>
      )}
      <Refused refusal={error} past={past} />
    </div>
  );
}

export function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <>
      <p>{title}</p>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
