/** Since boot, over all interfaces but the loopback. */
export interface NetworkCounters {
  readonly received: number;
  readonly sent: number;
  readonly errors: number;
  readonly dropped: number;
}

/** /proc/net/dev: two heading lines, then "eth0: bytes packets errs drop fifo frame compressed multicast" received, and eight more sent. */
export function parseNetworkCounters(text: string): NetworkCounters {
  const sum = { received: 0, sent: 0, errors: 0, dropped: 0 };
  for (const line of text.split("\n")) {
    const match = /^\s*([^\s:]{1,64}):\s*(\d{1,15}(?:\s+\d{1,15}){15})\s*$/.exec(line);
    if (!match || match[1] === "lo") continue;
    const fields = (match[2] as string).split(/\s+/).map(Number);
    const field = (index: number) => fields[index] as number;
    sum.received += field(0);
    sum.errors += field(2) + field(10);
    sum.dropped += field(3) + field(11);
    sum.sent += field(8);
  }
  return sum;
}
