import { type ErrorCode, StepppsError } from "../../contract/errors/index.ts";
import type { Failure } from "../protocol.ts";

/** SQLite's primary result codes (the low byte of the extended ones) and what they mean to a caller of the journal. */
const MEANING: Readonly<Record<number, ErrorCode>> = {
  1: "E_STORE_VALUE", // SQLITE_ERROR
  5: "E_DATA_IN_USE", // SQLITE_BUSY
  8: "E_STORE_IO", // SQLITE_READONLY
  10: "E_STORE_IO", // SQLITE_IOERR
  11: "E_STORE_CORRUPT", // SQLITE_CORRUPT
  13: "E_STORE_FULL", // SQLITE_FULL: ENOSPC or max_page_count
  14: "E_STORE_IO", // SQLITE_CANTOPEN
  18: "E_STORE_VALUE", // SQLITE_TOOBIG
  19: "E_STORE_CONFLICT", // SQLITE_CONSTRAINT
  20: "E_STORE_VALUE", // SQLITE_MISMATCH
  25: "E_STORE_VALUE", // SQLITE_RANGE
  26: "E_STORE_CORRUPT", // SQLITE_NOTADB
};

/** Any error of SQLite, of the file system around it, or of Node that refuses a value, as one of the catalogue. */
export function storeError(thrown: unknown): StepppsError {
  if (thrown instanceof StepppsError) return thrown;
  const { errcode, syscall, code, message } = thrown as { errcode?: number; syscall?: string; code?: string; message: string };
  const file = code === "ENOSPC" || code === "EDQUOT" ? "E_STORE_FULL" : "E_STORE_IO";
  const meaning = errcode !== undefined ? (MEANING[errcode & 0xff] ?? "E_STORE_IO") : syscall ? file : "E_STORE_VALUE";
  return new StepppsError(meaning, message, { cause: thrown });
}

export function failureOf(thrown: unknown): Failure {
  const { code, detail } = storeError(thrown);
  return { code, detail };
}
