/** /proc/uptime: seconds since boot, then idle seconds summed over all cores. */
export function parseUptime(text: string) {
  const match = /^(\d+\.\d+) \d+\.\d+\s*$/.exec(text);
  return match ? { seconds: Number(match[1]) } : undefined;
}
