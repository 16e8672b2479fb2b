/** /sys/class/thermal/thermal_zone0/temp: thousandths of a degree Celsius. */
export function parseTemperature(text: string): number | undefined {
  const match = /^(-?\d{1,6})\s*$/.exec(text);
  return match ? Number(match[1]) / 1000 : undefined;
}
