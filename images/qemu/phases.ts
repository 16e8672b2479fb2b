import type { ConsoleLog } from "./console-log.ts";

/** A phase of a device's start and when it was over, in ms since its kernel started. */
export interface StartPhase {
  readonly name: string;
  readonly at: number;
}

/** Numbers behind names, as PID 1 and the supervisor print them: "steppps ready 4120 document=2.1 journal=40". */
function pairs(text: string): StartPhase[] {
  return [...text.matchAll(/(\S+)=([\d.]+)/g)].map(([, name = "", at]) => ({ name, at: Number(at) }));
}

export interface StartTimes {
  /** PID 1's: when each was over. */
  readonly phases: readonly StartPhase[];
  /** When messages are handled. */
  readonly ready: number;
  /** The supervisor's own: how long each took, in ms. */
  readonly supervisor: readonly StartPhase[];
}

/** What a start took, once the device handles messages; `from` is the console's line at which the start began. */
export async function startTimes(console: ConsoleLog, from: number): Promise<StartTimes> {
  const ready = await console.line(/^steppps ready (\d+) ?(.*)$/, from);
  const phases = console.lines.slice(from).find((line) => line.startsWith("steppps phases "));
  return { phases: pairs(phases ?? ""), ready: Number(ready[1]), supervisor: pairs(ready[2] ?? "") };
}

/** The same for people, one phase a line. */
export function formatStart({ phases, ready, supervisor }: StartTimes): string[] {
  const line = (name: string, ms: number, what: string) => `  ${name.padEnd(16)}${`${Math.round(ms)} ms`.padStart(10)}  ${what}`;
  return [
    ...phases.map(({ name, at }) => line(name, at, "over, since the kernel started")),
    ...supervisor.map(({ name, at }) => line(name, at, "took the supervisor")),
    line("ready", ready, "messages are handled, since the kernel started"),
  ];
}
