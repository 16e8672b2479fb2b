import type { Delivery } from "../../mqtt/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal, Op } from "../../store/index.ts";
import { NOTHING, type Offer } from "../workflow/offer.ts";
import { handlerName, renumber } from "../workflow/renumber.ts";
import type { Route } from "./routes.ts";
import type { Seen } from "./seen.ts";

export interface DeliverPorts {
  readonly seen: Seen;
  readonly journal: Pick<Journal, "commit">;
  readonly clock: Clock;
  /** A plugin sent it. */
  readonly inside?: true;
  /** All who take it had it before, though its id may be forgotten. */
  readonly again?: boolean;
}

type Done = (error?: Error) => void;

/**
 * Offers a message to each handler that takes it. `done` comes when the last of them has it on disk, or with the first
 * reason why one could not take it.
 *
 *   nobody                    what the broker has to remember is committed alone
 *   one handler               it is committed with the handler's effects
 *   several, an id            each handler remembers the id with its effects, and is not given it again
 *   several, QoS 2            the message is put into the journal for all of them at once, and handled from there
 *   several, otherwise        each by itself: a sender that repeats may reach some of them twice
 */
export function deliver(message: Delivery, routes: readonly Route[], ports: DeliverPorts, done: Done): void {
  const { id, ops, qos } = message;
  const [only] = routes;
  if (ports.again && id === undefined) return done();
  if (!only) commit(ops, ports, done);
  // The common case: no closure for a message, nothing counted.
  else if (routes.length === 1 && id === undefined) only.workflow.offer({ ...input(message, only, ports), ops, settle: done });
  else if (qos === 2 && id === undefined) admit(message, routes, ports, done);
  else {
    let waiting = routes.length;
    let failure: Error | undefined;
    const settle = (error?: Error) => {
      failure ??= error;
      if (--waiting > 0) return;
      if (failure) done(failure);
      else commit(ops, ports, done);
    };
    for (const route of routes) offerOnce(message, route, ports, settle);
  }
}

/** A handler that took the id before is not given it again. */
function offerOnce(message: Delivery, route: Route, ports: DeliverPorts, settle: Done): void {
  const { id } = message;
  const { seen } = ports;
  const { workflow, handler, handlers } = route;
  if (id === undefined) return workflow.offer({ ...input(message, route, ports), ops: [], settle });
  // A version on trial is the same plugin: what it took is not given to the other. Numbers of handlers are each version's own.
  const scope = `${nameOf(workflow.name)}#${handlerName(handlers, handler) ?? handler}`;
  if (seen.repeats(scope, id, settle, ports.inside)) return;
  if (ports.again) return settle();
  const given = input(message, route, ports);
  const remember = (error?: Error) => {
    seen.settled(scope, id, error);
    settle(error);
  };
  workflow.offer({ ...given, ops: seen.add(scope, id, given.time), settle: remember });
}

function admit(message: Delivery, routes: readonly Route[], ports: DeliverPorts, done: Done): void {
  try {
    const admitted = routes.map((route) => route.workflow.admit(input(message, route, ports)));
    ports.journal.commit([...message.ops, ...admitted.map(({ op }) => op)]).then(() => {
      for (const { begin } of admitted) begin();
      done();
    }, done);
  } catch (error) {
    done(error as Error);
  }
}

function commit(ops: readonly Op[], { journal }: DeliverPorts, done: Done): void {
  if (ops.length === 0) done();
  else journal.commit(ops).then(() => done(), done);
}

function input(
  { topic, payload, trace, hops, from }: Delivery,
  { handler: number, handlers, workflow }: Route,
  ports: DeliverPorts,
): Omit<Offer, "ops" | "settle"> {
  const time = ports.clock.now();
  const atWork = workflow.version.manifest.handlers;
  // Between the moment in which another version took over and that in which routes are its own, others may send
  const place = handlers === atWork ? undefined : renumber(handlers, atWork, number);
  const handler = place ? place.handler : number;
  // Two literals: for every message of a trace a copy costs more than all else that a trace does.
  const traced =
    trace === undefined
      ? ({ kind: "message", handler, time, name: topic, payload, meta: NOTHING, attempts: 0 } as const)
      : ({ kind: "message", handler, time, name: topic, payload, meta: NOTHING, attempts: 0, trace } as const);
  const given = place?.method === undefined ? traced : { ...traced, method: place.method };
  if (!ports.inside) return given;
  const itself = nameOf(from) === nameOf(workflow.name);
  return { ...given, inside: true, ...(itself && { itself }), hops: (hops ?? 0) + 1 };
}

/** Of the plugin that a version on trial is one of. */
function nameOf(workflow: string): string {
  const at = workflow.indexOf("@");
  return at < 0 ? workflow : workflow.slice(0, at);
}
