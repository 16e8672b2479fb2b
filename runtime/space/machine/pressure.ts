/**
 * /proc/pressure/{cpu,memory,io} (Documentation/accounting/psi.rst), percent of the last 10 s in which some or all tasks waited:
 *
 *   some avg10=1.46 avg60=2.43 avg300=1.19 total=14008815
 *   full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 */
export function parsePressure(text: string): { some10: number; full10: number } | undefined {
  const some10 = average(text, "some");
  if (some10 === undefined) return undefined;
  // Kernels before 5.13 have no "full" line for the CPU.
  return { some10, full10: average(text, "full") ?? 0 };
}

function average(text: string, line: "some" | "full"): number | undefined {
  const match = new RegExp(`^${line} avg10=(\\d{1,3}\\.\\d{2}) `, "m").exec(text);
  return match ? Number(match[1]) : undefined;
}
