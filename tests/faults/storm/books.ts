/** What a plugin's books should say of the numbers that it was sent. */
export interface Books {
  readonly count: number;
  readonly sum: bigint;
  readonly tally: string;
  readonly audit: string;
}

/** As tally.as and audit.as write them. */
export function booksOf(plugin: string, numbers: Iterable<number>): Books {
  let [count, sum, mix, rung, rungSum] = [0, 0n, 0n, 0, 0n];
  for (const number of numbers) {
    const n = BigInt(number);
    count++;
    sum += n;
    mix ^= BigInt.asIntN(64, n * 2654435761n);
    if (number % 5 !== 0) continue;
    rung++;
    rungSum += n;
  }
  return { count, sum, tally: `${count} ${sum} ${mix} ${rung} ${rungSum}`, audit: `${plugin} ${count} ${sum}` };
}
