import { StepppsError } from "../../../contract/index.ts";
import type { Journal, Op } from "../../../store/index.ts";
import type { Tally } from "../../tally.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

interface Options {
  readonly journal: Pick<Journal, "commit">;
  readonly sessions: Pick<Sessions, "all" | "end">;
  /** h that a session is kept without its client. */
  readonly hours: number;
  readonly tally: Tally;
}

const HOUR_MS = 3_600_000;

/**
 * Ends the sessions of clients that stay away, which MQTT 3.1.1 lets a broker do (section 3.1.2.4). Hours are counted while the
 * broker runs: a device whose clock is wrong, or that was off for a month, ends nobody's session because of that.
 */
export class Expiry {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.hourPassed().catch(() => {}), HOUR_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Counts an hour. Rejects with E_STORE_*, and then the hour is counted in memory only and nothing has ended. */
  async hourPassed(): Promise<void> {
    const { hours, journal, sessions, tally } = this.#options;
    const ops: Op[] = [];
    const ended: Session[] = [];
    for (const session of sessions.all()) {
      session.away = session.attached ? 0 : session.away + 1;
      if (session.away >= hours) {
        ended.push(session);
        ops.push(...endOps(session.clientId));
      } else if (session.away > 0) ops.push(["session.away", session.clientId, session.away]);
      else if (session.awayStored !== undefined) ops.push(["session.back", session.clientId]);
      session.awayStored = session.away === 0 ? undefined : session.away;
    }
    if (ops.length > 0) await journal.commit(ops);
    // One whose client came back in that moment has lost what was in it, and is told so by no message at all
    for (const session of ended) sessions.end(session);
    if (ended.length > 0) {
      const [first] = ended as [Session];
      tally.report(new StepppsError("E_MQTT_SESSION_EXPIRED", `${ended.length}, such as ${JSON.stringify(first.clientId)}`));
    }
  }
}

function endOps(client: string): Op[] {
  return [
    ["subscription.clear", client],
    ["queue.clear", client],
    ["incoming.clear", client],
    ["session.back", client],
  ];
}
