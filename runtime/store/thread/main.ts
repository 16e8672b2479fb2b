import { type MessagePort, parentPort } from "node:worker_threads";
import { faultsFrom } from "../../platform/faults.ts";
import { compactHeap } from "../../platform/heap.ts";
import type { Reply, ThreadOptions } from "../protocol.ts";
import { answerRequests } from "./answer.ts";
import { failureOf } from "./sqlite-error.ts";
import { Store } from "./store.ts";

/** Opening and reading everything back is this thread's busiest moment; what that took is given back after it. */
const SETTLED_MS = 3_000;

/** The store's thread: answers requests in their order. */
function serve(port: MessagePort, options: ThreadOptions): void {
  const reply = (message: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  let store: Store;
  try {
    store = Store.open(options.file, options.limitBytes, faultsFrom(options.faultSpec));
  } catch (error) {
    reply({ kind: "refused", failure: failureOf(error) });
    return;
  }
  reply({ kind: "opened", opened: store.opened });
  setTimeout(compactHeap, SETTLED_MS).unref();
  port.on("message", answerRequests(store, { reply, closed: () => port.close() }));
}

// What to open is the first thing it is told: it may be started before that is known.
const port = parentPort as MessagePort;
port.once("message", (options: ThreadOptions) => serve(port, options));
port.postMessage({ kind: "waiting" } satisfies Reply);
