import { formatDuration } from "../../contract/duration.ts";
import type { Clock } from "../../platform/index.ts";
import type { Supervisor } from "../supervisor-options.ts";

const LOOK_MS = 1_000;

/**
 * Where no live view is, each pairing code is shown once, as a console shows it: it is in no log. Returns what ends it.
 */
export function showPairing(
  supervisor: Pick<Supervisor, "pairing" | "device">,
  clock: Pick<Clock, "now">,
  note: (line: string) => void,
): () => void {
  let shown = "";
  const look = () => {
    const { code = "", until = 0 } = supervisor.pairing() ?? {};
    if (code === shown) return;
    shown = code;
    const left = Math.max(0, Math.round((until - clock.now()) / 60_000)) * 60_000;
    if (code !== "") note(`no owner yet: within ${formatDuration(left)}, npx steppps pair --device ${supervisor.device} ${code}`);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
