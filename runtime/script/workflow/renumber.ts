import type { Manifest } from "../../contract/index.ts";

/** No handler of the version at work: the guest answers that it does not know it. */
const NONE = -1;

/** What a handler's number in `from` is in `to`: handlers are the same when they take the same kind of input with the same method. */
export function renumbering(from: Manifest, to: Manifest): (handler: number) => number {
  return (number) => {
    const old = from.handlers[number];
    return old ? to.handlers.findIndex((handler) => handler.kind === old.kind && handler.method === old.method) : NONE;
  };
}
