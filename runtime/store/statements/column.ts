/** What a value is on its way into or out of SQLite; `?` lets it be NULL. `int` is a whole number within ±2^53. */
export type Column = "text" | "int" | "blob" | "text?" | "int?" | "blob?";

interface ColumnTypes {
  readonly text: string;
  readonly int: number;
  readonly blob: Uint8Array;
  readonly "text?": string | null;
  readonly "int?": number | null;
  readonly "blob?": Uint8Array | null;
}

export type Value = string | number | Uint8Array | null;
export type Values<C extends readonly Column[]> = { readonly [K in keyof C]: ColumnTypes[C[K]] };
export type Row<R extends Readonly<Record<string, Column>>> = { -readonly [K in keyof R]: ColumnTypes[R[K]] };

/** One change. Several SQL texts are run in order, each with the same parameters. */
export interface Statement {
  readonly sql: string | readonly string[];
  readonly params: readonly Column[];
}

/** One question. `row` names the columns of the answer; a test holds it against what SQLite returns. */
export interface Query {
  readonly sql: string;
  readonly params: readonly Column[];
  readonly row: Readonly<Record<string, Column>>;
}

export type StatementTable = Readonly<Record<string, Statement>>;
export type QueryTable = Readonly<Record<string, Query>>;
