import { StepppsError } from "../contract/errors/index.ts";
import { FAULT_ACTIONS, FAULT_POINTS, type FaultAction, type FaultPoint, type Faults } from "../contract/fault.ts";

interface PlannedFault {
  readonly point: FaultPoint;
  readonly action: FaultAction;
  /** ms to block for, with `delay`. */
  readonly millis: number;
  /** How many passes go unharmed first. */
  readonly skip: number;
}

/**
 * Reads STEPPPS_FAULT: `point:action[=ms][@skip]`, several joined by commas.
 * `commit:after-write:kill@20` kills the process with SIGKILL at the 21st pass of that point.
 */
export function parseFaults(spec: string): PlannedFault[] {
  return spec
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^([a-z]+:[a-z-]+):([a-z]+)(?:=(\d{1,6}))?(?:@(\d{1,9}))?$/.exec(part);
      const [, point, action, millis, skip] = match ?? [];
      if (!point || !Object.hasOwn(FAULT_POINTS, point) || !FAULT_ACTIONS.includes(action as FaultAction)) {
        throw new StepppsError("E_FAULT_SPEC", part.slice(0, 80));
      }
      return { point: point as FaultPoint, action: action as FaultAction, millis: Number(millis ?? 0), skip: Number(skip ?? 0) };
    });
}

/** Fault points that do as `spec` says; with an empty one they do nothing. */
export function faultsFrom(spec: string | undefined): Faults {
  if (!spec) return { pass: () => {} };
  const planned = parseFaults(spec);
  const passes = new Map<FaultPoint, number>();
  return {
    pass(point) {
      const pass = passes.get(point) ?? 0;
      passes.set(point, pass + 1);
      for (const fault of planned) {
        if (fault.point !== point || pass < fault.skip) continue;
        if (fault.action === "kill") process.kill(process.pid, "SIGKILL");
        if (fault.action === "error" && pass === fault.skip) throw new StepppsError("E_FAULT", point);
        if (fault.action === "delay") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.millis);
      }
    },
  };
}
