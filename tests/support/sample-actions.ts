import type { Actions, DeadLetter, DeployReport, SystemEvent } from "../../runtime/contract/index.ts";

/** Actions that a test looks into: what was asked for, and answers that it sets. */
export interface SampleActions extends Actions {
  readonly asked: unknown[][];
  reports: DeployReport[];
  letters: DeadLetter[];
  logs: SystemEvent[];
  /** The next action is refused with it. */
  refuseWith: Error | undefined;
}

export function sampleActions(): SampleActions {
  const asked: unknown[][] = [];
  const actions: SampleActions = {
    asked,
    reports: [],
    letters: [],
    logs: [],
    refuseWith: undefined,
    deploy: async (envelope, options) => {
      note("deploy", envelope.length, options);
      return actions.reports[0] ?? sampleReport();
    },
    deploys: async () => actions.reports,
    approve: async (id) => note("approve", id),
    refuse: async (id) => note("refuse", id),
    rollback: async (plugin) => note("rollback", plugin),
    remove: async (plugin) => note("remove", plugin),
    events: async (plugin) => actions.logs.filter((event) => event.plugin === plugin),
    deadLetters: async (plugin) => actions.letters.filter((letter) => letter.plugin === plugin),
    deadLetter: async (plugin, id) => {
      const letter = actions.letters.find((letter) => letter.plugin === plugin && letter.id === id) as DeadLetter;
      return { ...letter, kind: "message", name: "sensors/door", arrived: letter.time, payload: btoa('{"open":true}') };
    },
    replayDeadLetter: async (plugin, id) => note("replay", plugin, id),
    dropDeadLetter: async (plugin, id) => {
      note("drop", plugin, id);
      actions.letters = actions.letters.filter((letter) => letter.id !== id);
    },
  };
  const note = (...what: unknown[]) => {
    const refusal = actions.refuseWith;
    actions.refuseWith = undefined;
    if (refusal) throw refusal;
    asked.push(what);
  };
  return actions;
}

export function sampleReport(change: Partial<DeployReport> = {}): DeployReport {
  const id = "5f".repeat(32);
  const time = Date.now() - 60_000;
  return { id, step: "gate", outcome: "done", ok: true, plugin: "motion-light", version: "1.3.0", time, millis: 312, ...change };
}

export function sampleLetter(change: Partial<DeadLetter> = {}): DeadLetter {
  const time = Date.now() - 120_000;
  return { plugin: "sensor-vote", id: "17", time, version: "1.4.0", code: "E_GUEST_TRAP", detail: "unreachable", ...change };
}
