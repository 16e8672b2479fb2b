import type { Delivery } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";

type Done = (error?: Error) => void;
type Take = (message: Delivery, done: Done) => void;

const LOOK_MS = 5;

/**
 * Hands messages on, in order, while the journal keeps up. While it has as much to write as it should, they wait here: their senders
 * are not acknowledged, and the broker stops reading from those that have much waiting.
 */
export function behindPressure(journal: Pick<Journal, "pressure">, clock: Pick<Clock, "after">, take: Take): Take {
  let waiting: (readonly [Delivery, Done])[] = [];
  let looking = false;
  const look = () => {
    looking = false;
    let handed = 0;
    while (handed < waiting.length && journal.pressure() < 1) {
      const [message, done] = waiting[handed++] as readonly [Delivery, Done];
      take(message, done);
    }
    waiting = waiting.slice(handed);
    if (waiting.length > 0) lookLater();
  };
  const lookLater = () => {
    if (looking) return;
    looking = true;
    clock.after(LOOK_MS, look);
  };
  return (message, done) => {
    if (waiting.length === 0 && journal.pressure() < 1) return take(message, done);
    waiting.push([message, done]);
    lookLater();
  };
}
