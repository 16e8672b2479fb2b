import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { faultsFrom } from "../../platform/faults.ts";
import type { Reply, Request, ThreadOptions } from "../protocol.ts";
import { failureOf } from "./sqlite-error.ts";
import { Store } from "./store.ts";

/** The store's thread: answers requests in their order. */
function serve(port: MessagePort, options: ThreadOptions): void {
  const reply = (message: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  let store: Store;
  try {
    store = Store.open(options.file, options.limitBytes, faultsFrom(options.faultSpec));
  } catch (error) {
    reply({ kind: "refused", failure: failureOf(error) });
    port.close();
    return;
  }
  reply({ kind: "opened", opened: store.opened });

  port.on("message", (request: Request) => {
    try {
      switch (request.kind) {
        case "commit": {
          const { group, bytes } = request;
          const failures = store.commit(new Uint8Array(group, 0, bytes));
          reply({ kind: "committed", group, failures, writtenBytes: store.writtenBytes() }, [group]);
          return store.rest();
        }
        case "read": {
          const { rows, blobs } = store.read(request.query, request.params);
          return reply({ kind: "answer", id: request.id, value: rows }, blobs);
        }
        case "size":
          return reply({ kind: "answer", id: request.id, value: store.size() });
        case "close":
          store.close();
          return port.close();
      }
    } catch (error) {
      reply({ kind: "failed", id: "id" in request ? request.id : 0, failure: failureOf(error) });
    }
  });
}

serve(parentPort as MessagePort, workerData as ThreadOptions);
