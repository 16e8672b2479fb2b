import type { Journal, Op } from "../../../store/index.ts";

/** Something that shall become true in the journal and then in memory: `apply` is called once `ops` are committed. */
export interface Change {
  readonly ops: readonly Op[];
  apply(): void;
}

/** Makes `change` true. Rejects with E_STORE_*, and then nothing has changed. */
export async function makeChange(journal: Pick<Journal, "commit">, { ops, apply }: Change): Promise<void> {
  if (ops.length > 0) await journal.commit(ops);
  apply();
}

/** For a commit that need not be waited for: if it fails, a message of QoS 1 is sent once more, or a will said once more. */
export function notWaitedFor(): void {}
