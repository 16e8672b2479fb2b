import { type MessagePort, parentPort } from "node:worker_threads";
import { faultsFrom } from "../../platform/faults.ts";
import { compactHeap } from "../../platform/heap.ts";
import type { Reply, Request, ThreadOptions } from "../protocol.ts";
import { failureOf } from "./sqlite-error.ts";
import { Store } from "./store.ts";

/** Opening and reading everything back is this thread's busiest moment; what that took is given back after it. */
const SETTLED_MS = 3_000;

/** The store's thread: answers requests in their order. */
function serve(port: MessagePort, options: ThreadOptions): void {
  const reply = (message: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const answer = (id: number, work: () => { value: unknown; blobs?: ArrayBuffer[] }) => {
    try {
      const { value, blobs } = work();
      reply({ kind: "answer", id, value }, blobs);
    } catch (error) {
      reply({ kind: "failed", id, failure: failureOf(error) });
    }
  };

  let store: Store;
  let copies = Promise.resolve();
  try {
    store = Store.open(options.file, options.limitBytes, faultsFrom(options.faultSpec));
  } catch (error) {
    reply({ kind: "refused", failure: failureOf(error) });
    return;
  }
  reply({ kind: "opened", opened: store.opened });
  setTimeout(compactHeap, SETTLED_MS).unref();

  port.on("message", (request: Request) => {
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
            () => reply({ kind: "answer", id: request.id, value: undefined }),
            (error) => reply({ kind: "failed", id: request.id, failure: failureOf(error) }),
          );
        break;
      case "close":
        // A copy that is under way is finished first: it reads through this connection.
        void copies.then(() => {
          store.close();
          port.close();
        });
    }
  });
}

// What to open is the first thing it is told: it may be started before that is known.
const port = parentPort as MessagePort;
port.once("message", (options: ThreadOptions) => serve(port, options));
