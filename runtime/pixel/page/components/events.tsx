import type { SystemEvent } from "../../../contract/index.ts";
import { formatTime } from "../../figures/format.ts";
import type { Tone } from "../../figures/health.ts";
import type { Numbered } from "../model/numbered.ts";
import { Empty, Panel } from "./panel.tsx";
import { ToneMark } from "./tone.tsx";

const TONES: Readonly<Record<SystemEvent["level"], Tone>> = { debug: "neutral", info: "neutral", warn: "warn", error: "bad" };

/** What happened, newest first. */
export function Events({ events, title = "Events" }: { events: readonly Numbered<SystemEvent>[]; title?: string }) {
  return (
    <Panel id="events" title={title}>
      {events.length === 0 ? (
        <Empty>
          <p>
            <strong>Nothing to report.</strong> Deploys, failures and what plugins log appear here.
          </p>
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll" aria-label={title === "Events" ? "Event list" : `${title} list`} tabIndex={0}>
          <ol reversed>
            {events.toReversed().map(({ id, value }) => (
              <EventItem key={id} event={value} />
            ))}
          </ol>
        </section>
      )}
    </Panel>
  );
}

function EventItem({ event: { time, level, plugin, text, code, trace } }: { event: SystemEvent }) {
  return (
    <li class={TONES[level]}>
      <ToneMark tone={TONES[level]} />
      <div>
        <p class="event-text">{text}</p>
        <p class="event-about">
          <time dateTime={new Date(time).toISOString()}>{formatTime(time)}</time>
          <span class="apart">{level}</span>
          {plugin && <span class="apart">{plugin}</span>}
          {code && <span class="apart">{code}</span>}
          {trace && <span class="apart">trace {trace}</span>}
        </p>
      </div>
    </li>
  );
}
