/** A byte string's place in the shared bytes of an answer: [offset, length]. */
type Place = [number, number];
type Row = Record<string, unknown>;

/** Rows on their way between threads: their byte strings lie in one buffer, which is handed over. */
export interface PackedRows {
  readonly rows: Row[];
  /** Columns that hold a Place. */
  readonly columns: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One buffer a row would cost more than the row, and the cost of handing over n buffers grows with n squared. */
export function packRows(rows: Row[], columns: readonly string[]): PackedRows {
  let length = 0;
  for (const row of rows) for (const column of columns) length += (row[column] as Uint8Array | null)?.length ?? 0;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column];
      if (!(value instanceof Uint8Array)) continue;
      bytes.set(value, at);
      row[column] = [at, value.length] satisfies Place;
      at += value.length;
    }
  }
  return { rows, columns, bytes };
}

/** The rows again; their byte strings are views of the one buffer. */
export function unpackRows({ rows, columns, bytes }: PackedRows): Row[] {
  for (const row of rows) {
    for (const column of columns) {
      const place = row[column] as Place | null;
      if (place) row[column] = bytes.subarray(place[0], place[0] + place[1]);
    }
  }
  return rows;
}
