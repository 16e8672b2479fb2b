import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StepppsError } from "../contract/index.ts";
import type { Journal, JournalOptions } from "./journal.ts";
import type { Reply, ThreadOptions } from "./protocol.ts";
import { ThreadJournal } from "./thread-journal.ts";

const DEFAULT_LIMIT = 256 * 1024 * 1024;

/**
 * Opens the journal, making a new one where there is none. A damaged file is set aside and what can be read of it is copied into a
 * new one (`opened.state` is "replaced"). Rejects with E_STORE_FOREIGN, E_STORE_NEWER, E_DATA_IN_USE, E_STORE_IO, E_STORE_FULL.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { file, limitBytes = DEFAULT_LIMIT, faultSpec } = options;
  const workerData: ThreadOptions = { file, limitBytes, faultSpec };
  const worker = new Worker(new URL("./thread/main.ts", import.meta.url), { workerData, name: "store" });
  const [reply] = (await once(worker, "message")) as [Reply];
  if (reply.kind === "opened") return new ThreadJournal(worker, reply.opened, options);
  await once(worker, "exit");
  throw reply.kind === "refused" ? new StepppsError(reply.failure.code, reply.failure.detail) : new StepppsError("E_STORE_CLOSED");
}
