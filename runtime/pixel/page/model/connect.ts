import type { LiveMessage, SystemEvent } from "../../../contract/index.ts";
import type { Reading } from "../../figures/rate.ts";
import { ask, Refusal, type Session } from "./device.ts";
import type { Update } from "./state.ts";

const RETRY_MILLIS = 3_000;
/** Status comes each second; after this long without one the connection is taken for dead. */
const SILENCE_MILLIS = 5_000;

/** Follows `/api/live` while the page can be seen, again and again, once one is logged in; returns what ends it. */
export function connect(tell: (update: Update) => void): () => void {
  let source: EventSource | undefined;
  let retry = 0;
  let silence = 0;
  let renewal = 0;
  let turn = 0;

  const close = () => {
    turn++;
    source?.close();
    source = undefined;
    clearTimeout(retry);
    clearTimeout(silence);
    clearTimeout(renewal);
  };
  const lost = () => {
    close();
    tell({ kind: "lost" });
    retry = setTimeout(() => void open(), RETRY_MILLIS);
  };
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MILLIS);
  };
  const open = async () => {
    close();
    listen();
    const mine = turn;
    // A stream that is refused does not say why: whether one has to log in is asked first.
    const session = await ask<Session>("session").catch((thrown: Refusal) => thrown);
    if (mine !== turn) return;
    if (session instanceof Refusal) return lost();
    tell({ kind: "session", session });
    if (!session.in) return close();
    // A code that claims the device lasts some minutes; then there is another one.
    if (session.pairing) renewal = setTimeout(() => void open(), Math.max(1_000, session.pairing.until - Date.now() + 1_000));
    source = new EventSource("/api/live");
    source.onerror = lost;
    for (const [name, read] of Object.entries(FRAMES)) {
      source.addEventListener(name, ({ data }) => {
        listen();
        tell(read(JSON.parse(data)));
      });
    }
  };
  // A page that nobody sees costs the device nothing.
  const onVisibility = () => (document.hidden ? close() : void open());

  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    close();
  };
}

/** The frames of the stream (server/broadcast.ts), each with the update it is: what the same version's own server sends is taken as it is. */
const FRAMES: Readonly<Record<string, (data: unknown) => Update>> = {
  status: (data) => ({ kind: "status", reading: data as Reading, now: Date.now() }),
  recent: (data) => ({ kind: "recent", events: data as SystemEvent[] }),
  event: (data) => ({ kind: "event", event: data as SystemEvent }),
  messages: (data) => ({ kind: "messages", messages: data as LiveMessage[] }),
};
