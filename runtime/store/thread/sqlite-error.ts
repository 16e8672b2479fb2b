import { type ErrorCode, StepppsError } from "../../contract/errors/index.ts";
import type { Failure } from "../protocol.ts";

/** SQLite's primary result codes (the low byte of the extended ones) and what they mean to a caller of the journal. */
const MEANING: Readonly<Record<number, ErrorCode>> = {
  5: "E_DATA_IN_USE", // SQLITE_BUSY
  8: "E_STORE_IO", // SQLITE_READONLY
  10: "E_STORE_IO", // SQLITE_IOERR
  11: "E_STORE_CORRUPT", // SQLITE_CORRUPT
  13: "E_STORE_FULL", // SQLITE_FULL: ENOSPC or max_page_count
  14: "E_STORE_IO", // SQLITE_CANTOPEN
  18: "E_STORE_VALUE", // SQLITE_TOOBIG
  19: "E_STORE_CONFLICT", // SQLITE_CONSTRAINT
  26: "E_STORE_CORRUPT", // SQLITE_NOTADB
};

/** Any error of SQLite, or of the file system around it, as one of the catalogue. */
export function storeError(thrown: unknown): StepppsError {
  if (thrown instanceof StepppsError) return thrown;
  const { errcode, code, message } = thrown as { errcode?: number; code?: string; message: string };
  if (errcode !== undefined) return new StepppsError(MEANING[errcode & 0xff] ?? "E_STORE_IO", message, { cause: thrown });
  return new StepppsError(code === "ENOSPC" || code === "EDQUOT" ? "E_STORE_FULL" : "E_STORE_IO", message, { cause: thrown });
}

export function failureOf(thrown: unknown): Failure {
  const { code, detail } = storeError(thrown);
  return { code, detail };
}
