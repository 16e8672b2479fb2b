import type { SystemEvent, SystemStatus, View } from "../../contract/index.ts";
import { type Alarm, type Clock, systemClock } from "../../platform/index.ts";
import { isAlert } from "../figures/alert.ts";
import { formatTime } from "../figures/format.ts";
import { type Rates, type Reading, ratesBetween } from "../figures/rate.ts";
import { drawFrame, MAX_LINES } from "./frame.ts";
import { renderLine } from "./line.ts";
import { lookOf } from "./look.ts";
import { createPlainLog } from "./plain-log.ts";
import { createScreen } from "./screen.ts";
import { plainText } from "./text.ts";

export interface LiveViewOptions {
  readonly view: View;
  readonly out: NodeJS.WriteStream;
  /** What to know about this start: "port 1883 is taken; the broker is at 1884". The first two are shown. */
  readonly notes?: readonly string[];
  /** NO_COLOR, TERM and the locale decide how it looks; the process's own unless given. */
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
}

export interface LiveView {
  close(): void;
}

/** How a picture reaches `out`. */
interface Display {
  status(status: SystemStatus, rates: Rates, at: number): void;
  alert(event: SystemEvent): void;
  close(): void;
}

const REDRAW_MILLIS = 1_000;
const ALERTS_KEPT = 3;

/** Shows the device in the terminal, each second in place; where `out` is not a terminal, in plain lines. */
export function liveView({ view, out, notes = [], env = process.env, clock = systemClock() }: LiveViewOptions): LiveView {
  const display = out.isTTY && env.TERM !== "dumb" ? screenDisplay(view, out, notes, env, clock) : plainDisplay(out, notes, env);
  let alarm: Alarm | undefined;
  let before: Reading | undefined;
  let rates: Rates | undefined;
  const draw = () => {
    const reading = { at: clock.monotonic(), status: view.status() };
    // A redraw between two seconds, as after a resize, keeps the rates: a moment is too short to measure them.
    if (!before || !rates || reading.at - before.at >= REDRAW_MILLIS / 2) {
      rates = ratesBetween(before, reading);
      before = reading;
    }
    display.status(reading.status, rates, reading.at);
  };
  const tick = () => {
    alarm = clock.after(REDRAW_MILLIS, tick);
    draw();
  };
  tick();
  const endEvents = view.events.listen((event) => {
    if (isAlert(event)) display.alert(event);
  });
  if (out.isTTY) out.on("resize", draw);
  return {
    close() {
      alarm?.cancel();
      endEvents();
      out.off("resize", draw);
      display.close();
    },
  };
}

function screenDisplay(
  view: View,
  out: NodeJS.WriteStream,
  notes: readonly string[],
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Display {
  const look = lookOf(env, true);
  const screen = createScreen(out);
  let alerts = view.events.recent().filter(isAlert).slice(-ALERTS_KEPT);
  return {
    status(status, rates) {
      // The last column stays free: a terminal wraps when it is written to. So does one row, for the cursor.
      const columns = Math.max(20, (out.columns || 80) - 1);
      const height = Math.max(4, Math.min(MAX_LINES, (out.rows || 24) - 1));
      // For whoever is at the device's own screen, and for no log.
      const pairing = view.pairing?.();
      const claim = `no owner yet: npx steppps pair --device ${status.device} ${pairing?.code} (until ${formatTime(pairing?.until ?? 0)})`;
      const scene = { status, rates, alerts, notes: pairing ? [claim, ...notes] : notes, now: clock.now() };
      const lines = drawFrame(scene, height, look);
      screen.draw(lines.map((line) => renderLine(line, columns, look)));
    },
    alert(event) {
      alerts = [...alerts, event].slice(-ALERTS_KEPT);
    },
    close: () => screen.close(),
  };
}

function plainDisplay(out: NodeJS.WriteStream, notes: readonly string[], env: NodeJS.ProcessEnv): Display {
  const { unicode } = lookOf(env, false);
  const print = (line: string) => void out.write(`${plainText(line, unicode)}\n`);
  const log = createPlainLog();
  for (const note of notes) print(`note: ${note}`);
  return {
    status(status, rates, at) {
      const line = log.status(status, rates, at);
      if (line !== undefined) print(line);
    },
    alert: (event) => print(log.alert(event)),
    close: () => {},
  };
}
