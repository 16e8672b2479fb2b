import { type Handler, StepppsError, type SystemEvent } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { SandboxStop } from "../sandbox/sandbox.ts";
import type { Offer } from "./offer.ts";
import { type PendingInput, pendingAdd } from "./pending.ts";
import { handlerName } from "./renumber.ts";
import { nextWait, type RetryPolicy } from "./retry.ts";

/** What becomes of an input that failed alone. */
export type Verdict =
  | { readonly fate: "again" }
  | { readonly fate: "later"; readonly row: PendingInput; readonly op: Op }
  | { readonly fate: "dead"; readonly op: Op };

export interface FailureScope {
  readonly plugin: string;
  readonly version: string;
  readonly retry: RetryPolicy;
  /** ms since the epoch. */
  readonly now: number;
  /** Number that the input gets when it waits or is given up. */
  readonly id: number;
  /** Kind and method of its handler, where it is known. */
  readonly method: string | undefined;
}

/** The stop as an error: message, then the innermost calls. */
export function stopError(stop: SandboxStop): StepppsError {
  return new StepppsError(
    stop.code,
    [[stop.message, ...(stop.logs ?? []).slice(-3)].join(": "), ...stop.frames.slice(0, 8)].join("\n    "),
  );
}

/** Decides on an input that failed for the `attempts`-th time. `input`: its frame. A rejected one is not tried again. */
export function judge(error: StepppsError, attempts: number, input: Uint8Array, scope: FailureScope): Verdict {
  const { plugin, retry, now, id, method } = scope;
  const wait = error.code === "E_GUEST_REJECTED" ? undefined : nextWait(retry, attempts);
  if (wait === 0) return { fate: "again" };
  if (wait === undefined) return { fate: "dead", op: deadAdd(error, input, scope) };
  const row = { id, attempts, nextAt: now + wait, input, method };
  return { fate: "later", row, op: pendingAdd(plugin, row) };
}

/** What keeps the input as a dead letter. */
export function deadAdd(error: StepppsError, input: Uint8Array, scope: Omit<FailureScope, "retry">): Op {
  const { plugin, version, now, id, method } = scope;
  return ["dead.add", plugin, String(id), version, now, error.code, error.detail.slice(0, 4000), input, method ?? null];
}

/** Kind and method of the handler that an input is for. */
export function methodOf(
  { handler, method }: Pick<Offer, "handler" | "method">,
  handlers: readonly Handler[],
): string | undefined {
  return method ?? handlerName(handlers, handler);
}

/** How the verdict is told. */
export function failureEvent(fate: "later" | "dead", plugin: string, error: StepppsError): Omit<SystemEvent, "time"> {
  const about = { plugin, code: error.code, text: error.message };
  return fate === "dead"
    ? { kind: "plugin.dead-letter", level: "error", ...about }
    : { kind: "plugin.failed", level: "warn", ...about };
}

/** Its turn has come: it is not asked again whether it is wanted. */
export function taken(offer: Offer): Offer {
  if (!offer.wanted) return offer;
  const { wanted: _, ...rest } = offer;
  return rest;
}
