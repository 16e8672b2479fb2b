import type { Handler } from "../../contract/index.ts";

/** No handler of the version at work: the guest answers that it does not know it. */
export const NONE = -1;

/** Which handler of a version takes an input, and who would have where it has none. */
export interface Place {
  readonly handler: number;
  readonly method?: string;
}

/** What a handler is known by in every version: `message onMotion`. */
export function handlerName(handlers: readonly Handler[], number: number): string | undefined {
  const handler = handlers[number];
  return handler && `${handler.kind} ${handler.method}`;
}

/** The handler of that name; NONE where there is none. */
export function handlerNumber(handlers: readonly Handler[], name: string): number {
  return handlers.findIndex(({ kind, method }) => name === `${kind} ${method}`);
}

/** Where an input for handler `number` of `from` goes in `to`. `method`: its name, where `from` had no such handler either. */
export function renumber(from: readonly Handler[], to: readonly Handler[], number: number, method?: string): Place {
  const name = handlerName(from, number) ?? method;
  if (name === undefined) return { handler: NONE };
  const handler = handlerNumber(to, name);
  return handler === NONE ? { handler, method: name } : { handler };
}
