import type { Cut } from "./cuts.ts";
import type { History } from "./history.ts";
import type { Recording } from "./recording.ts";

/** Events that such a card forgets. */
const FORGOTTEN = 60;

/** Cuts of a card that says it has kept what it then forgets: an acknowledged message is not there, which has to be noticed. */
export function lyingCuts({ messages }: Pick<Recording, "messages">, { eventsAt }: History, count: number): Cut[] {
  const moments = messages.flatMap(({ acknowledged }) => (acknowledged ? eventsAt(acknowledged) : [])).sort((a, b) => a - b);
  const step = Math.max(1, Math.floor(moments.length / count));
  return moments
    .filter((_, i) => i % step === step - 1)
    .map((at) => ({ whole: Math.max(0, at - FORGOTTEN), at, kept: [] }))
    .filter(({ whole, at }) => whole < at);
}
