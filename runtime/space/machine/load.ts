/** /proc/loadavg: "0.12 0.09 0.05 1/94 9622", the averages over 1, 5 and 15 minutes, then running/all threads. */
export function parseLoad(text: string) {
  const match = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) (\d+)\/(\d+) /.exec(text);
  if (!match) return undefined;
  const [load1, load5, load15, running, threads] = match.slice(1).map(Number);
  return { load1, load5, load15, running, threads };
}
