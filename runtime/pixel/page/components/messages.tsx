import { useId, useState } from "preact/hooks";
import type { LiveMessage } from "../../../contract/index.ts";
import type { Numbered } from "../model/numbered.ts";
import { wantsTopic } from "../model/topic-filter.ts";
import { MessageTable } from "./message-table.tsx";
import { Empty, Panel } from "./panel.tsx";

type List = readonly Numbered<LiveMessage>[];

/** What passes, newest first; it can be held still and narrowed to topics. */
export function Messages({ messages, mqttUrl }: { messages: List; mqttUrl: string }) {
  const [held, hold] = useState<List>();
  const [typed, type] = useState("");
  const shown = (held ?? messages).filter(({ value }) => wantsTopic(typed, value.topic));
  const newer = held ? (messages.at(-1)?.id ?? 0) - (held.at(-1)?.id ?? 0) : 0;
  const tools = (
    <div class="tools">
      <TopicFilter typed={typed} type={type} />
      <button type="button" aria-pressed={held !== undefined} onClick={() => hold(held ? undefined : messages)}>
        Pause{newer > 0 && <span class="newer"> {newer > 99 ? "99+" : newer} newer</span>}
      </button>
    </div>
  );
  return (
    <Panel id="messages" title="Messages" tools={tools}>
      {shown.length > 0 ? (
        <MessageTable messages={shown} />
      ) : messages.length > 0 ? (
        <Empty>
          <p>
            None of the last {messages.length} messages has a topic that fits “{typed.trim()}”.
          </p>
        </Empty>
      ) : (
        <NoMessages mqttUrl={mqttUrl} />
      )}
    </Panel>
  );
}

function TopicFilter({ typed, type }: { typed: string; type: (text: string) => void }) {
  const id = useId();
  return (
    <>
      <label class="unseen" for={id}>
        Filter by topic
      </label>
      <input
        id={id}
        type="search"
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
        placeholder="Filter: sensors/+/door"
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
      />
    </>
  );
}

function NoMessages({ mqttUrl }: { mqttUrl: string }) {
  const { hostname, port } = URL.canParse(mqttUrl) ? new URL(mqttUrl) : { hostname: "127.0.0.1", port: "" };
  return (
    <Empty>
      <p>
        <strong>Nothing has passed since this page was opened.</strong> Send something:
      </p>
      <pre>
        mosquitto_pub -h {hostname} -p {port || "1883"} -t test/hello -m hi
      </pre>
    </Empty>
  );
}
