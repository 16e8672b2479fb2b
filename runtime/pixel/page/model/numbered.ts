/** A value of a list that grows at its end and is cut at its beginning; `id` stays with it. */
export interface Numbered<T> {
  readonly id: number;
  readonly value: T;
}

/** `list` with `values` at its end, and no more than the newest `most`. */
export function append<T>(list: readonly Numbered<T>[], values: readonly T[], most: number): readonly Numbered<T>[] {
  const next = (list.at(-1)?.id ?? 0) + 1;
  return [...list, ...values.map((value, i) => ({ id: next + i, value }))].slice(-most);
}
