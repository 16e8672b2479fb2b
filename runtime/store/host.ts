import type { Worker } from "node:worker_threads";
import { StepppsError } from "../contract/errors/index.ts";
import type { Reply, Request } from "./protocol.ts";

/** Who has the journal's file open and answers requests in their order: a thread of its own, or for a while the event loop's. */
export interface StoreHost {
  /** Replies go to `hear`, in a later turn of the event loop than their request. */
  listen(hear: (reply: Reply) => void): void;
  post(request: Request, transfer: ArrayBuffer[]): void;
  /** Resolves when nothing of the file is held any more, asked for or not; after the last reply. */
  readonly ended: Promise<StepppsError>;
}

/** A thread that has opened the file. */
export function threadHost(worker: Worker): StoreHost {
  let why: StepppsError | undefined;
  worker.on("error", (cause) => {
    why = new StepppsError("E_STORE_CLOSED", cause.message, { cause });
  });
  return {
    listen: (hear) => void worker.on("message", hear),
    post: (request, transfer) => worker.postMessage(request, transfer),
    ended: new Promise((resolve) => worker.on("exit", () => resolve(why ?? new StepppsError("E_STORE_CLOSED")))),
  };
}
