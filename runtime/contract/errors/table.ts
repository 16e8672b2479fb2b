/** One row of the error catalogue: shown to people as "what. why. fix". */
export interface ErrorRow {
  /** What happened, in one plain clause. */
  readonly what: string;
  /** Why the system answers this way. */
  readonly why: string;
  /** What the reader can do about it. */
  readonly fix: string;
}

export type ErrorTable = Readonly<Record<`E_${string}`, ErrorRow>>;
