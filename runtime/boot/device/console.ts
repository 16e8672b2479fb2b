import type { SystemEvent } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import { showPairing } from "../pairing/show-pairing.ts";
import type { Supervisor } from "../supervisor-options.ts";

export interface ConsoleOptions {
  readonly clock: Pick<Clock, "now">;
  readonly stdout: Pick<NodeJS.WriteStream, "write" | "writableLength">;
}

/** What is no alert and is told all the same: a serial line takes some ten lines a second. */
const TOLD = [
  "network.changed",
  "clock.set",
  "document.changed",
  "owner.claimed",
  "update.step",
  "update.done",
  "layer.trying",
  "layer.mounted",
  "install.step",
  "install.done",
];
/** What waits for a console that nobody reads; the rest is in the event log. */
const BACKLOG_BYTES = 64 * 1024;

/** The device's console: events that somebody in front of it should see, and the pairing code. Returns what ends it. */
export async function attachConsole(supervisor: Supervisor, { clock, stdout }: ConsoleOptions): Promise<() => void> {
  // What draws on terminals comes with the page: neither is needed to handle messages.
  const { eventLine } = await import("../../pixel/index.ts");
  const print = (line: string) => {
    if (stdout.writableLength < BACKLOG_BYTES) stdout.write(`steppps ${line}\n`);
  };
  const show = (event: SystemEvent) => {
    if (event.level === "warn" || event.level === "error" || TOLD.includes(event.kind)) print(eventLine(event));
  };
  for (const event of supervisor.view.events.recent()) show(event);
  const ends = [supervisor.view.events.listen(show), showPairing(supervisor, clock, print)];
  return () => {
    for (const end of ends) end();
  };
}
