import { useState } from "preact/hooks";
import type { DeadLetter, DeadLetterInput } from "../../../contract/index.ts";
import { formatDate } from "../../figures/format.ts";
import { act, ask } from "../model/device.ts";
import { payloadText } from "../model/payload.ts";
import { useAct } from "../model/use-act.ts";
import { type List, useList } from "../model/use-list.ts";
import { Confirm } from "./confirm.tsx";
import { Empty, Panel } from "./panel.tsx";
import { Refused } from "./refused.tsx";

/** Inputs that a plugin could not handle: to look at, to give to it again, to forget. */
export function DeadLetters({ plugin, count }: { plugin: string; count: number }) {
  const { rows = [], refusal, reload }: List<DeadLetter> = useList("dead-letters", plugin, count);
  return (
    <Panel id="dead-letters" title="Dead letters">
      <Refused refusal={refusal} />
      {rows.length === 0 ? (
        <Empty>
          <p>None: it handled everything that came.</p>
        </Empty>
      ) : (
        <ol class="rows">
          {rows.map((letter) => (
            <Letter key={letter.id} letter={letter} changed={reload} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Letter({ letter: { plugin, id, time, version, code, detail }, changed }: { letter: DeadLetter; changed: () => void }) {
  const [input, setInput] = useState<DeadLetterInput>();
  const [dropping, setDropping] = useState(false);
  const { busy, refusal, run } = useAct();
  const letter = { plugin, letter: id };
  const replay = async () => {
    if (await run(() => act("dead-letter/replay", letter))) changed();
  };
  return (
    <li aria-label={`Dead letter ${id}`}>
      <p>
        <strong>{code}</strong> {detail}
      </p>
      <p class="muted">
        <time dateTime={new Date(time).toISOString()}>{formatDate(time)}</time>
        <span class="apart">version {version}</span>
        <span class="apart">{id}</span>
      </p>
      {input && (
        <pre>
          {input.kind} {input.name}
          {"\n"}
          {payloadText(input.payload)}
        </pre>
      )}
      <div class="row">
        <button
          type="button"
          aria-expanded={input !== undefined}
          aria-disabled={busy}
          onClick={() =>
            input ? setInput(undefined) : void run(async () => setInput(await ask<DeadLetterInput>("dead-letter", letter)))
          }
        >
          Show
        </button>
        <button type="button" aria-disabled={busy} onClick={() => void replay()}>
          Replay
        </button>
        <button type="button" aria-disabled={busy} onClick={() => setDropping(true)}>
          Drop
        </button>
      </div>
      <Refused refusal={refusal} />
      {dropping && (
        <Confirm
          title="Drop this dead letter?"
          verb="Drop"
          danger
          run={async () => {
            await act("dead-letter/drop", letter);
            changed();
          }}
          close={() => setDropping(false)}
        >
          <p>The input is forgotten; it cannot be replayed then.</p>
        </Confirm>
      )}
    </li>
  );
}
