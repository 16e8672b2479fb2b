import { useState } from "preact/hooks";
import type { DeployReport, PluginStatus } from "../../../contract/index.ts";
import { formatBytes, formatCount, formatDuration, formatMillis, formatRate } from "../../figures/format.ts";
import { HEALTHS } from "../../figures/health.ts";
import { act } from "../model/device.ts";
import { Confirm } from "./confirm.tsx";
import { DeadLetters } from "./dead-letters.tsx";
import { Deploys } from "./deploys.tsx";
import { Logs } from "./logs.tsx";
import { Panel } from "./panel.tsx";
import { ToneWord } from "./tone.tsx";

export interface PluginViewProps {
  readonly plugin: PluginStatus;
  /** Inputs handled a second. */
  readonly rate: number;
  readonly deploys: readonly DeployReport[];
  /** Undefined where the page only shows. */
  readonly acts: boolean;
  /** ms since the epoch. */
  readonly now: number;
  /** The live event of it that came last. */
  readonly newest: unknown;
}

/** One plugin: how it does, what one can do about it, what it said. */
export function PluginView({ plugin, rate, deploys, acts, now, newest }: PluginViewProps) {
  const { name, version, health, lastError, deadLetters } = plugin;
  return (
    <>
      <Panel id="plugin" title={name} tools={acts && <Verbs plugin={plugin} />}>
        <p class="plugin-head">
          <strong>{version}</strong> <ToneWord tone={HEALTHS[health].tone}>{HEALTHS[health].word}</ToneWord>
          <Trial plugin={plugin} now={now} />
        </p>
        {lastError && <p class="last-error">Last error: {lastError}</p>}
        <dl class="facts">
          {facts(plugin, rate).map(([title, value]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      {acts && (
        <div class="columns">
          <div class="stack">
            <DeadLetters plugin={name} count={deadLetters} />
            <Deploys deploys={deploys.filter(({ plugin }) => plugin === name)} />
          </div>
          <Logs plugin={name} newest={newest} />
        </div>
      )}
    </>
  );
}

/** That a version is on trial: beside the one at work, or in its place. */
export function Trial({ plugin: { canary, probationUntil }, now }: { plugin: PluginStatus; now: number }) {
  return (
    <>
      {canary && (
        <span class="tag">
          {canary.version} gets {canary.percent}%
        </span>
      )}
      {probationUntil !== undefined && <span class="tag">watched for {formatDuration(probationUntil - now)} more</span>}
    </>
  );
}

function facts(plugin: PluginStatus, rate: number): [title: string, value: string][] {
  const { calls } = plugin;
  return [
    ["Per second", formatRate(rate)],
    ["Handled", formatCount(plugin.handled)],
    ["Published", formatCount(plugin.published)],
    ["Call, half", formatMillis(calls.p50)],
    ["Call, 99 of 100", formatMillis(calls.p99)],
    ["Call, longest", formatMillis(calls.max)],
    ["Lag, 99 of 100", formatMillis(calls.lagP99)],
    ["Failures", formatCount(plugin.failures)],
    ["Traps", formatCount(calls.traps)],
    ["Deadlines", formatCount(calls.deadlines)],
    ["Waiting", formatCount(plugin.queued)],
    ["Timers", formatCount(plugin.timers)],
    ["Memory", formatBytes(plugin.memoryBytes)],
    ["Version before", plugin.previousVersion ?? "none"],
    ["State", plugin.durability === "durable" ? "kept on disk" : "in memory only"],
  ];
}

function Verbs({ plugin: { name, version, previousVersion } }: { plugin: PluginStatus }) {
  const [asking, askFor] = useState<"rollback" | "remove">();
  const close = () => askFor(undefined);
  return (
    <div class="tools">
      <button type="button" disabled={!previousVersion} onClick={() => askFor("rollback")}>
        Roll back
      </button>
      <button type="button" class="danger" onClick={() => askFor("remove")}>
        Remove
      </button>
      {asking === "rollback" && (
        <Confirm
          title={`Roll ${name} back to ${previousVersion}?`}
          verb="Roll back"
          run={() => act("rollback", { plugin: name })}
          close={close}
        >
          <p>
            {previousVersion} takes over from {version} between two messages. What was sent stays sent.
          </p>
        </Confirm>
      )}
      {asking === "remove" && (
        <Confirm
          title={`Remove ${name}?`}
          verb="Remove"
          danger
          run={async () => {
            await act("remove", { plugin: name });
            location.hash = "#/";
          }}
          close={close}
        >
          <p>It stops, and its state, timers and waiting inputs are forgotten. This cannot be taken back.</p>
        </Confirm>
      )}
    </div>
  );
}
