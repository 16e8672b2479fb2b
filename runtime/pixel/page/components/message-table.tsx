import { Fragment } from "preact";
import type { LiveMessage } from "../../../contract/index.ts";
import { formatBytes, formatTime } from "../../figures/format.ts";
import type { Numbered } from "../model/numbered.ts";

/** Rows drawn at once; the rest is reached by the filter. */
const ROWS = 100;

export function MessageTable({ messages }: { messages: readonly Numbered<LiveMessage>[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" aria-label="Message list" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Direction</th>
            <th scope="col">Topic</th>
            <th scope="col">Payload</th>
            <th scope="col" class="number">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {messages
            .slice(-ROWS)
            .reverse()
            .map(({ id, value }) => (
              <MessageRow key={id} message={value} />
            ))}
        </tbody>
      </table>
    </section>
  );
}

function MessageRow({ message: { time, direction, topic, plugin, preview, bytes } }: { message: LiveMessage }) {
  return (
    <tr>
      <td class="time">{formatTime(time)}</td>
      <td class={`way way-${direction}`}>{direction}</td>
      <td class="topic">
        <Topic topic={topic} />
        {plugin && <span class="sender">{plugin}</span>}
      </td>
      <td class="payload" title={preview}>
        {preview === "" ? <span class="binary">{bytes === 0 ? "empty" : "binary"}</span> : preview}
      </td>
      <td class="number size">{formatBytes(bytes)}</td>
    </tr>
  );
}

/** A topic that may break after each level. */
function Topic({ topic }: { topic: string }) {
  return topic.split("/").map((level, i) => (
    <Fragment key={i}>
      {i > 0 && "/"}
      {i > 0 && <wbr />}
      {level}
    </Fragment>
  ));
}
