import type { SystemStatus } from "../../../contract/index.ts";
import { formatBytes, formatCount, formatNumberOf, formatRate } from "../../figures/format.ts";
import { summarize } from "../../figures/health.ts";
import type { Rates } from "../../figures/rate.ts";
import type { PageState } from "../model/state.ts";
import { Sparkline } from "./sparkline.tsx";
import { ToneMark } from "./tone.tsx";

export interface OverviewProps {
  readonly status: SystemStatus;
  readonly rates: Rates;
  readonly history: PageState["history"];
}

/** The device at a glance. */
export function Overview({ status, rates, history }: OverviewProps) {
  const { plugins, counts, mqtt, memoryBytes, uplink, storage } = status;
  const { tone, headline, detail } = summarize(plugins);
  const queued = plugins.reduce((sum, plugin) => sum + plugin.queued, 0);
  return (
    <section class="panel overview" aria-labelledby="overview-title">
      <div class="glance">
        <h2 id="overview-title" class={tone}>
          <ToneMark tone={tone} />
          {headline}
        </h2>
        {detail && <p>{detail}.</p>}
        {plugins.length > 0 && <Lost deadLetters={counts.deadLetters} dropped={counts.dropped} />}
      </div>
      <Flow name="Messages in" rate={rates.messagesIn} total={counts.messagesIn} values={history.in} />
      <Flow name="Messages out" rate={rates.messagesOut} total={counts.messagesOut} values={history.out} />
      <dl class="facts">
        <Fact name="Waiting" value={formatCount(queued)} />
        <Fact name="Dead letters" value={formatCount(counts.deadLetters)} warn={counts.deadLetters > 0} />
        <Fact name="Dropped" value={formatCount(counts.dropped)} warn={counts.dropped > 0} />
        <Fact name="Memory" value={formatBytes(memoryBytes)} />
        {uplink && (
          <Fact
            name="Uplink"
            value={`${uplink.connected ? "connected" : "away"}, ${formatNumberOf(uplink.waiting, "message")} waiting`}
            warn={!uplink.connected}
          />
        )}
        {storage && <StorageFacts storage={storage} />}
        <Fact name="MQTT" value={`${mqtt.url}, ${formatNumberOf(mqtt.clients, "client")}`} />
      </dl>
    </section>
  );
}

type Storage = NonNullable<SystemStatus["storage"]>;

/** How full the journal is, and what the card had to take today. */
function StorageFacts({
  storage: { journalBytes, limitBytes, writtenTodayBytes: written, budgetBytes: budget },
}: {
  storage: Storage;
}) {
  const of = (bytes: number, most: number | undefined) =>
    formatBytes(bytes) + (most === undefined ? "" : ` of ${formatBytes(most)}`);
  return (
    <>
      <Fact name="Journal" value={of(journalBytes, limitBytes)} warn={journalBytes > 0.9 * limitBytes} />
      {written !== undefined && (
        <Fact name="Written today" value={of(written, budget)} warn={budget !== undefined && written > budget} />
      )}
    </>
  );
}

/** What needs a person: messages that no plugin took, and those nobody will. */
function Lost({ deadLetters, dropped }: { deadLetters: number; dropped: number }) {
  if (deadLetters > 0) {
    return (
      <p>
        {formatNumberOf(deadLetters, "message")} could not be handled: <code>npx steppps plugin dead-letters</code>
      </p>
    );
  }
  return dropped > 0 ? <p>{formatNumberOf(dropped, "message")} dropped; the events say why.</p> : <p>No message was lost.</p>;
}

function Flow({ name, rate, total, values }: { name: string; rate: number; total: number; values: readonly number[] }) {
  return (
    <div class="flow">
      <h3>{name}</h3>
      <p class="flow-rate">
        {formatRate(rate)}
        <span> per second</span>
      </p>
      <p class="flow-total">{formatCount(total)} in all</p>
      <Sparkline values={values} />
      <p class="flow-peak">peak {formatRate(Math.max(0, ...values))} in the last minute</p>
    </div>
  );
}

function Fact({ name, value, warn = false }: { name: string; value: string; warn?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={warn ? "warn" : ""}>{value}</dd>
    </div>
  );
}
