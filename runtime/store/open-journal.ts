import { Worker } from "node:worker_threads";
import { StepppsError } from "../contract/errors/index.ts";
import { threadHost } from "./host.ts";
import { openHere } from "./host-here.ts";
import type { JournalOptions, OpenedJournal } from "./journal.ts";
import type { Reply, ThreadOptions } from "./protocol.ts";
import { ThreadJournal } from "./thread-journal.ts";

const DEFAULT_LIMIT = 256 * 1024 * 1024;

/**
 * Opens the journal, making a new one where there is none. A damaged file is set aside and what can be read of it is copied into a
 * new one (`opened.state` is "replaced"). Rejects with E_STORE_FOREIGN, E_STORE_NEWER, E_DATA_IN_USE, E_STORE_IO, E_STORE_FULL.
 */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const { file, limitBytes = DEFAULT_LIMIT, faultSpec, thread, here } = options;
  const told: ThreadOptions = { file, limitBytes, faultSpec };
  if (here) {
    const { host, opened } = await openHere(told);
    return new ThreadJournal(host, opened, options, async () => {
      const worker = startOf(thread);
      await firstReply(worker, "waiting");
      return { open: () => openOn(worker, told), drop: async () => void (await worker.terminate()) };
    });
  }
  const { host, opened } = await openOn(startOf(thread), told);
  return new ThreadJournal(host, opened, options);
}

/** Starts the journal's thread ahead of `openJournal`, which then has to wait less for it. */
export function startJournalThread(program?: string): Worker {
  return new Worker(program ?? new URL("./thread/main.ts", import.meta.url), { name: "store" });
}

const startOf = (thread: JournalOptions["thread"]) => (typeof thread === "object" ? thread : startJournalThread(thread));

async function openOn(worker: Worker, options: ThreadOptions) {
  worker.postMessage(options);
  const { opened } = await firstReply(worker, "opened");
  return { opened, host: threadHost(worker) };
}

/**
 * What a thread says of that kind. When it refuses the file it ends, and this rejects once it has: nothing of the file is held then.
 */
function firstReply<K extends Reply["kind"]>(worker: Worker, kind: K): Promise<Extract<Reply, { kind: K }>> {
  const notStarted = (cause?: Error) =>
    new StepppsError("E_STORE_CLOSED", "its thread did not start", { ...(cause && { cause }) });
  return new Promise((resolve, reject) => {
    let refused: StepppsError | undefined;
    const hear = (reply: Reply) => {
      if (reply.kind === "refused") refused = new StepppsError(reply.failure.code, reply.failure.detail);
      if (reply.kind !== kind) return;
      worker.off("message", hear);
      resolve(reply as Extract<Reply, { kind: K }>);
    };
    worker.on("message", hear);
    worker.once("error", (cause) => reject(notStarted(cause)));
    worker.once("exit", () => reject(refused ?? notStarted()));
  });
}
