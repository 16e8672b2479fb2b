import type { Handler } from "../../contract/index.ts";

/** No handler of the version at work: the guest answers that it does not know it. */
export const NONE = -1;

/** Which handler of a version takes an input, and who would have where it has none. */
export interface Place {
  readonly handler: number;
  readonly method?: string;
}

/** What a handler is known by in every version: `message onMotion`; one for a model's answers by the model: `inference wear`. */
export function handlerName(handlers: readonly Handler[], number: number): string | undefined {
  const handler = handlers[number];
  return handler && nameOf(handler);
}

/** The handler of that name; NONE where there is none. */
export function handlerNumber(handlers: readonly Handler[], name: string): number {
  return handlers.findIndex((handler) => name === nameOf(handler));
}

function nameOf(handler: Handler): string {
  return `${handler.kind} ${handler.kind === "inference" ? handler.model : handler.method}`;
}

/** Where an input for handler `number` of `from` goes in `to`. `method`: its name, where `from` had no such handler either. */
export function renumber(from: readonly Handler[], to: readonly Handler[], number: number, method?: string): Place {
  const name = handlerName(from, number) ?? method;
  if (name === undefined) return { handler: NONE };
  const handler = handlerNumber(to, name);
  return handler === NONE ? { handler, method: name } : { handler };
}
