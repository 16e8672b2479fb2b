import type { Reply, Request } from "../protocol.ts";
import { failureOf } from "./sqlite-error.ts";
import type { Store } from "./store.ts";

export interface Answers {
  /** `transfer`: what may be handed over in place of being copied. */
  reply(message: Reply, transfer: ArrayBuffer[]): void;
  /** The file is closed, as asked. */
  closed(): void;
}

/** Takes requests, in their order, to an open store. */
export function answerRequests(store: Store, { reply, closed }: Answers): (request: Request) => void {
  let copies = Promise.resolve();
  const answer = (id: number, work: () => { value: unknown; blobs?: ArrayBuffer[] }) => {
    try {
      const { value, blobs = [] } = work();
      reply({ kind: "answer", id, value }, blobs);
    } catch (error) {
      reply({ kind: "failed", id, failure: failureOf(error) }, []);
    }
  };
  return (request) => {
    switch (request.kind) {
      case "commit": {
        const { group, bytes } = request;
        const failures = store.commit(new Uint8Array(group, 0, bytes));
        reply({ kind: "committed", group, failures }, [group]);
        store.rest();
        break;
      }
      case "read":
        answer(request.id, () => {
          const value = store.read(request.query, request.params);
          return { value, blobs: [value.bytes.buffer] };
        });
        break;
      case "size":
        answer(request.id, () => ({ value: store.size() }));
        break;
      case "copy":
        copies = copies
          .then(() => store.copy(request.path))
          .then(
            () => reply({ kind: "answer", id: request.id, value: undefined }, []),
            (error) => reply({ kind: "failed", id: request.id, failure: failureOf(error) }, []),
          );
        break;
      case "close":
        // A copy that is under way is finished first: it reads through this connection.
        void copies.then(() => {
          store.close();
          closed();
        });
    }
  };
}
