/** How an output of tests/bench/plugins/heating names the version that wrote it: "unit":"mark-0012". */
export const MARK_DIGITS = 4;
const BEFORE = Buffer.from('"unit":"mark-');

/** The mark in the payload at `from`; 0 where there is none. */
export function readMark(buffer: Buffer, from: number, to: number): number {
  const at = buffer.indexOf(BEFORE, from);
  if (at < 0 || at >= to) return 0;
  return Number(buffer.toString("latin1", at + BEFORE.length, at + BEFORE.length + MARK_DIGITS));
}
