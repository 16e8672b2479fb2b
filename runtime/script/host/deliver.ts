import type { Delivery } from "../../mqtt/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal, Op } from "../../store/index.ts";
import { NOTHING } from "../workflow/offer.ts";
import type { Route } from "./routes.ts";
import type { Seen } from "./seen.ts";

export interface DeliverPorts {
  readonly seen: Seen;
  readonly journal: Pick<Journal, "commit">;
  readonly clock: Clock;
}

/**
 * Offers a message to each handler that takes it. `done` comes when the last of them has it on disk, or with the first
 * reason why one could not take it. A handler that took an id before is not given it again.
 */
export function deliver(message: Delivery, routes: readonly Route[], ports: DeliverPorts, done: (error?: Error) => void): void {
  const { topic, payload, id, ops } = message;
  const time = ports.clock.now();
  // The common case, without a closure per message for counting: one handler, no id.
  const only = routes.length === 1 && id === undefined ? routes[0] : undefined;
  if (only) {
    only.workflow.offer({
      kind: "message",
      handler: only.handler,
      time,
      name: topic,
      payload,
      meta: NOTHING,
      ops,
      attempts: 0,
      settle: done,
    });
    return;
  }
  let waiting = routes.length;
  let failure: Error | undefined;
  const finish = () => {
    if (failure) done(failure);
    else if (ops.length > 0) ports.journal.commit(ops).then(() => done(), done);
    else done();
  };
  if (waiting === 0) return finish();
  for (const { workflow, handler } of routes) {
    const scope = `${workflow.name}#${handler}`;
    const again = id !== undefined && ports.seen.has(scope, id);
    const seen: readonly Op[] = id !== undefined && !again ? [ports.seen.add(scope, id, time)] : [];
    const settle = (error?: Error) => {
      failure ??= error;
      if (error && id !== undefined) ports.seen.forget(scope, id);
      if (--waiting === 0) finish();
    };
    if (again) settle();
    else workflow.offer({ kind: "message", handler, time, name: topic, payload, meta: NOTHING, ops: seen, attempts: 0, settle });
  }
}
