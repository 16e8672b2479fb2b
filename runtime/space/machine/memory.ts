/** /proc/meminfo: lines such as "MemAvailable:   24325736 kB". All values in bytes; `used_percent` is of what is not available. */
export function parseMemory(text: string) {
  const total = kibibytes(text, "MemTotal");
  const available = kibibytes(text, "MemAvailable");
  if (!total || available === undefined || available > total) return undefined;
  return {
    total,
    available,
    used_percent: Math.round((1 - available / total) * 1000) / 10,
    swap_total: kibibytes(text, "SwapTotal") ?? 0,
    swap_free: kibibytes(text, "SwapFree") ?? 0,
  };
}

function kibibytes(text: string, field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d{1,12}) kB$`, "m").exec(text);
  return match ? Number(match[1]) * 1024 : undefined;
}
