import { StepppsError } from "../contract/errors/index.ts";
import { faultsFrom } from "../platform/faults.ts";
import type { StoreHost } from "./host.ts";
import type { Opened, Reply, ThreadOptions } from "./protocol.ts";

/**
 * Opens the journal on the thread that calls: for a device's start, where a second thread costs more than everything it would do, and
 * nobody waits yet whom a commit could hold up. Rejects as `openJournal`.
 */
export async function openHere(options: ThreadOptions): Promise<{ host: StoreHost; opened: Opened }> {
  const [{ Store }, { answerRequests }, { failureOf }] = await Promise.all([
    import("./thread/store.ts"),
    import("./thread/answer.ts"),
    import("./thread/sqlite-error.ts"),
  ]);
  const store = (() => {
    try {
      return Store.open(options.file, options.limitBytes, faultsFrom(options.faultSpec));
    } catch (error) {
      const { code, detail } = failureOf(error);
      throw new StepppsError(code, detail, { cause: error });
    }
  })();
  const { promise: ended, resolve } = Promise.withResolvers<StepppsError>();
  let hear: (reply: Reply) => void = () => {};
  const end = (error: StepppsError) => void setImmediate(() => resolve(error));
  const answer = answerRequests(store, {
    reply: (message) => void setImmediate(() => hear(message)),
    closed: () => end(new StepppsError("E_STORE_CLOSED")),
  });
  return {
    opened: store.opened,
    host: {
      ended,
      listen(heard) {
        hear = heard;
      },
      post(request) {
        try {
          answer(request);
        } catch (cause) {
          // What ends a thread ends this as well, and nothing beside it.
          store.close();
          end(new StepppsError("E_STORE_CLOSED", cause instanceof Error ? cause.message : String(cause), { cause }));
        }
      },
    },
  };
}
