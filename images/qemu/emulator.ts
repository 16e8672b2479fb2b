import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Toolset } from "../toolset/toolset.ts";
import { CONSOLE_FD, type MachineOptions, machineCommand, USB_BUS } from "./machine.ts";

/** How a run of the machine ended. */
export type Ending = "restart" | "power-off" | "panic" | "stopped";

export interface Emulator {
  readonly pid: number;
  /** Resolves when the machine no longer runs. Rejects when the emulator itself failed. */
  readonly ended: Promise<Ending>;
  /** Whether the watchdog has fired. */
  readonly watchdogFired: boolean;
  /** Plugs a stick in, a raw image; needs a machine with `usbDisks`. */
  plugIn(stick: string): void;
  /** What QEMU's monitor answers to a command of its own, for people; fails where it says nothing within `limitMs`. */
  ask(command: string, limitMs?: number): Promise<string>;
  /** As if the plug was pulled. What the machine had written stays. */
  stop(): Promise<void>;
}

/** What QEMU calls a SHUTDOWN's reason, and what it is to us. */
const REASONS: Readonly<Record<string, Ending>> = {
  "guest-reset": "restart",
  "guest-shutdown": "power-off",
  "guest-panic": "panic",
};

/** Starts a machine; `onConsole` gets each line that it prints, without what moves a terminal's cursor. */
export function startEmulator(options: MachineOptions, tools: Toolset, onConsole: (line: string) => void): Emulator {
  const [command, ...args] = machineCommand(options, tools);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
  let ending: Ending = "stopped";
  let fired = false;
  let said = "";
  const answers = new Map<number, (text: string) => void>();
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const lines = createInterface({ input: child.stdio[CONSOLE_FD] as Readable, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", (line) => onConsole(plain(line)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { event, data, error, id, ...rest } = JSON.parse(line) as QmpLine;
    if (id !== undefined) answers.get(id)?.(error?.desc ?? String(rest.return));
    else if (error) onConsole(`emulator: ${error.desc}`);
    if (event === "WATCHDOG") fired = true;
    if (event === "SHUTDOWN") ending = REASONS[data?.reason ?? ""] ?? "stopped";
  });
  child.stdin.on("error", () => {}); // it has ended, which `ended` tells
  const tell = (execute: string, args: object = {}, id?: number) =>
    void child.stdin.write(`${JSON.stringify({ execute, arguments: args, id })}\n`);
  tell("qmp_capabilities");
  let [plugged, asked] = [0, 0];
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(ending);
      else reject(new Error(`${command} ended with ${signal ?? code}: ${said.trim()}`));
    });
  });
  ended.catch(() => {}); // whoever waits for it is told; nobody has to
  return {
    pid: child.pid ?? 0,
    ended,
    get watchdogFired() {
      return fired;
    },
    plugIn(stick) {
      const node = `plugged${plugged++}`;
      tell("blockdev-add", { driver: "raw", "node-name": node, file: { driver: "file", filename: stick } });
      tell("device_add", { driver: "usb-storage", bus: USB_BUS, drive: node, id: `${node}-stick`, removable: true });
    },
    async ask(command, limitMs = 5_000) {
      const id = ++asked;
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      answers.set(id, resolve);
      const limit = setTimeout(() => reject(new Error(`the emulator's monitor did not answer within ${limitMs} ms`)), limitMs);
      tell("human-monitor-command", { "command-line": command }, id);
      try {
        return await promise;
      } finally {
        clearTimeout(limit);
        answers.delete(id);
      }
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A line of QMP's that we look at: an event, or the answer to a command. */
interface QmpLine {
  readonly event?: string;
  readonly data?: { readonly reason?: string };
  readonly error?: { readonly desc: string };
  readonly return?: unknown;
  readonly id?: number;
}

/** Without escape sequences and control characters. */
function plain(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return line.replace(/\u001b(?:\[[0-9;?=]*[A-Za-z]|.)|[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
