import type { Journal, QueryName, QueryParams, QueryRow } from "../store/index.ts";

const PAGE_ROWS = 1000;

/** Rows of a query that goes on after a row, a page at a time; `after` gives its parameters but the last, which is the limit. */
export async function* pages<Q extends QueryName>(
  journal: Pick<Journal, "read">,
  query: Q,
  after: (last: QueryRow<Q> | undefined) => readonly (string | number)[],
): AsyncGenerator<QueryRow<Q>> {
  let last: QueryRow<Q> | undefined;
  for (;;) {
    const rows = await journal.read(query, ...([...after(last), PAGE_ROWS] as unknown as QueryParams<Q>));
    yield* rows;
    if (rows.length < PAGE_ROWS) return;
    last = rows.at(-1);
  }
}
