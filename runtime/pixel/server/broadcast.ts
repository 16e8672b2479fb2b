import type { LiveMessage, View } from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import { LIMITS } from "./limits.ts";

/** One live view: takes frames of server-sent events. */
export interface LiveClient {
  send(frame: string): void;
  end(): void;
}

/**
 * One stream of what happens, to all live views; made once for all, and only while there is one.
 *
 *   event: status     data: { at: ms of a clock that never goes back, status: SystemStatus }     each second
 *   event: recent     data: SystemEvent[]          once, first: what happened before
 *   event: event      data: SystemEvent            as it happens
 *   event: messages   data: LiveMessage[]          what passed since the last frame
 */
export interface Broadcast {
  readonly size: number;
  /** Returns what ends it. */
  join(client: LiveClient): () => void;
  close(): void;
}

const STATUS_MILLIS = 1_000;
const MESSAGES_MILLIS = 250;

export function createBroadcast(view: View, clock: Clock): Broadcast {
  const clients = new Set<LiveClient>();
  const tell = (frame: string) => {
    for (const client of clients) client.send(frame);
  };
  const statusFrame = () => frame("status", { at: clock.monotonic(), status: view.status() });
  let stop: (() => void) | undefined;

  const start = () => {
    let messages: LiveMessage[] = [];
    const ends = [
      view.events.listen((event) => tell(frame("event", event))),
      view.messages.listen((message) => {
        if (messages.length < LIMITS.messagesPerFrame) messages.push(message);
      }),
      every(clock, STATUS_MILLIS, () => tell(statusFrame())),
      every(clock, MESSAGES_MILLIS, () => {
        if (messages.length === 0) return;
        tell(frame("messages", messages));
        messages = [];
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  };

  const leave = (client: LiveClient) => {
    if (!clients.delete(client) || clients.size > 0) return;
    stop?.();
    stop = undefined;
  };

  return {
    get size() {
      return clients.size;
    },
    join(client) {
      client.send(`retry: 2000\n\n${statusFrame()}${frame("recent", view.events.recent())}`);
      clients.add(client);
      stop ??= start();
      return () => leave(client);
    },
    close() {
      for (const client of [...clients]) {
        leave(client);
        client.end();
      }
    },
  };
}

/** JSON has no raw line breaks, so one `data:` line holds it. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function every(clock: Clock, millis: number, run: () => void): () => void {
  let alarm: Alarm;
  const next = () => {
    alarm = clock.after(millis, () => {
      next();
      run();
    });
  };
  next();
  return () => alarm.cancel();
}
