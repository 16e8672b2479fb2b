const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** 1234567 → "1,234,567". */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** One decimal below ten, none above: "0", "0.4", "9.7", "1,250". */
export function formatRate(rate: number): string {
  const tenths = Math.round(rate * 10) / 10;
  return tenths < 10 ? String(tenths) : formatCount(rate);
}

/** "512 B", "1.5 KiB", "84 MiB". */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${formatRate(bytes / 1024 ** power)} ${BYTE_UNITS[power]}`;
}

/** The two largest units: "12 s", "3 min", "5 h 20 min", "12 d 3 h". */
export function formatDuration(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600), Math.floor(seconds / 86_400)];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

/** Local time of day of a wall-clock time in ms: "14:03:59". */
export function formatTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** "1 plugin", "3 plugins". */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long something took: "0.3 ms", "12 ms", "1.5 s"; "–" for nothing measured. */
export function formatMillis(millis: number): string {
  if (millis <= 0) return "–";
  if (millis < 0.1) return "< 0.1 ms";
  return millis < 1_000 ? `${formatRate(millis)} ms` : `${formatRate(millis / 1_000)} s`;
}

/** Local date and time of a wall-clock time in ms: "2026-11-23 14:03:59". */
export function formatDate(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  return `${day} ${formatTime(time)}`;
}
