import type { EventLog } from "../event/index.ts";
import type { Opened } from "../store/index.ts";
import type { LoadedDocument } from "./load-document.ts";

/** What went wrong before there was an event log to say it in. */
export function reportOpening(events: Pick<EventLog, "emit">, { fault }: LoadedDocument, opened: Opened): void {
  if (fault) events.emit({ kind: "document.refused", level: "error", code: fault.code, text: fault.message });
  if (opened.state !== "replaced") return;
  const text = `the journal was damaged; what could be read was kept, the old file is ${opened.setAside}`;
  events.emit({ kind: "store.recovered", level: "error", text });
}
