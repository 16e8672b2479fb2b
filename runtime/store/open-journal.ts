import { Worker } from "node:worker_threads";
import { StepppsError } from "../contract/errors/index.ts";
import type { Journal, JournalOptions } from "./journal.ts";
import type { Opened, Reply, ThreadOptions } from "./protocol.ts";
import { ThreadJournal } from "./thread-journal.ts";

const DEFAULT_LIMIT = 256 * 1024 * 1024;

/**
 * Opens the journal, making a new one where there is none. A damaged file is set aside and what can be read of it is copied into a
 * new one (`opened.state` is "replaced"). Rejects with E_STORE_FOREIGN, E_STORE_NEWER, E_DATA_IN_USE, E_STORE_IO, E_STORE_FULL.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { file, limitBytes = DEFAULT_LIMIT, faultSpec, thread } = options;
  const worker = typeof thread === "object" ? thread : startJournalThread(thread);
  worker.postMessage({ file, limitBytes, faultSpec } satisfies ThreadOptions);
  return new ThreadJournal(worker, await started(worker), options);
}

/** Starts the journal's thread ahead of `openJournal`, which then has to wait less for it: a second on a slow processor. */
export function startJournalThread(program?: string): Worker {
  return new Worker(program ?? new URL("./thread/main.ts", import.meta.url), { name: "store" });
}

/** How the thread found the journal. When it refuses it ends, and this rejects once it has: nothing of the file is held then. */
function started(worker: Worker): Promise<Opened> {
  return new Promise((resolve, reject) => {
    let refused: StepppsError | undefined;
    worker.once("message", (reply: Reply) => {
      if (reply.kind === "opened") resolve(reply.opened);
      else if (reply.kind === "refused") refused = new StepppsError(reply.failure.code, reply.failure.detail);
    });
    worker.once("error", (cause) => reject(new StepppsError("E_STORE_CLOSED", "its thread did not start", { cause })));
    worker.once("exit", () => reject(refused ?? new StepppsError("E_STORE_CLOSED", "its thread did not start")));
  });
}
