import type { LiveMessage, SystemEvent } from "../../../contract/index.ts";
import type { Reading } from "../../figures/rate.ts";
import type { Update } from "./state.ts";

const RETRY_MILLIS = 3_000;
/** Status comes each second; after this long without one the connection is taken for dead. */
const SILENCE_MILLIS = 5_000;

/** Follows `/api/live` while the page can be seen, again and again; returns what ends it. */
export function connect(tell: (update: Update) => void): () => void {
  let source: EventSource | undefined;
  let retry = 0;
  let silence = 0;

  const close = () => {
    source?.close();
    source = undefined;
    clearTimeout(retry);
    clearTimeout(silence);
  };
  const lost = () => {
    close();
    tell({ kind: "lost" });
    retry = setTimeout(open, RETRY_MILLIS);
  };
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MILLIS);
  };
  const open = () => {
    close();
    listen();
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
  const onVisibility = () => (document.hidden ? close() : open());

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
