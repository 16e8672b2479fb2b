import { writeSync } from "node:fs";
import type { Alarm, Clock } from "../clock.ts";

const BEAT_MS = 1_000;

/**
 * A byte each second on `fd`, a pipe that PID 1 reads: while they come, it feeds the hardware watchdog. They come from the event loop,
 * so that one that hangs is noticed. Returns what ends it; a pipe that nobody reads ends it, too.
 */
export function startHeartbeat(fd: number, clock: Pick<Clock, "after">): () => void {
  let next: Alarm | undefined;
  const beat = () => {
    try {
      writeSync(fd, ".");
    } catch (error) {
      // EAGAIN: the pipe is full, so PID 1 is behind with its reading. It has enough to read.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
    next = clock.after(BEAT_MS, beat);
  };
  beat();
  return () => next?.cancel();
}
