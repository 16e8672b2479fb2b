import { useMemo } from "preact/hooks";
import type { SystemEvent } from "../../../contract/index.ts";
import { type List, useList } from "../model/use-list.ts";
import { Events } from "./events.tsx";
import { Refused } from "./refused.tsx";

/** What a plugin said and what happened to it; `newest` is the live event of it that came last. */
export function Logs({ plugin, newest }: { plugin: string; newest: unknown }) {
  const { rows, refusal }: List<SystemEvent> = useList("logs", plugin, newest);
  const events = useMemo(() => (rows ?? []).map((value, i) => ({ id: i, value })).reverse(), [rows]);
  return (
    <>
      <Refused refusal={refusal} />
      <Events events={events} title="Log" />
    </>
  );
}
