import type { IncomingMessage } from "node:http";
import { type Actions, parse, StepppsError } from "../../contract/index.ts";
import { Type } from "../../contract/type.ts";
import { MAX_ENVELOPE_BYTES } from "../../trust/index.ts";
import { readBody, readJson } from "./body.ts";
import { LIMITS } from "./limits.ts";

const closed = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1, maxLength: 200 });
const OfDeploy = Type.Object({ deploy: Text }, closed);
const OfPlugin = Type.Object({ plugin: Text }, closed);
const OfLetter = Type.Object({ plugin: Text, letter: Text }, closed);

/** `search`: what stands behind the path's "?". The value is the answer, as JSON. */
export type Act = (actions: Actions, req: IncomingMessage, search: URLSearchParams) => Promise<unknown>;

const ofDeploy = (act: (actions: Actions, deploy: string) => Promise<unknown>): Act => {
  return async (actions, req) => act(actions, parse(OfDeploy, await readJson(req), "E_PAGE_ACTION").deploy);
};
const ofPlugin = (act: (actions: Actions, plugin: string) => Promise<unknown>): Act => {
  return async (actions, req) => act(actions, parse(OfPlugin, await readJson(req), "E_PAGE_ACTION").plugin);
};
const ofLetter = (act: (actions: Actions, plugin: string, letter: string) => Promise<unknown>): Act => {
  return async (actions, req) => {
    const { plugin, letter } = parse(OfLetter, await readJson(req), "E_PAGE_ACTION");
    return act(actions, plugin, letter);
  };
};

/** What can be asked beside the status; nothing changes by it. */
export const READS: Readonly<Record<string, Act>> = {
  deploys: (actions) => actions.deploys(LIMITS.rows),
  logs: (actions, _, search) => actions.events(named(search, "plugin"), LIMITS.rows),
  "dead-letters": (actions, _, search) => actions.deadLetters(named(search, "plugin"), LIMITS.rows),
  "dead-letter": (actions, _, search) => actions.deadLetter(named(search, "plugin"), named(search, "letter")),
};

/** What changes the device. */
export const ACTS: Readonly<Record<string, Act>> = {
  deploy: async (actions, req, search) => {
    const canary = search.get("canary");
    const options = canary === null ? {} : { canary: percent(canary) };
    return actions.deploy(await readBody(req, MAX_ENVELOPE_BYTES, LIMITS.requestMillis), options);
  },
  approve: ofDeploy((actions, deploy) => actions.approve(deploy)),
  refuse: ofDeploy((actions, deploy) => actions.refuse(deploy)),
  rollback: ofPlugin((actions, plugin) => actions.rollback(plugin)),
  remove: ofPlugin((actions, plugin) => actions.remove(plugin)),
  "dead-letter/replay": ofLetter((actions, plugin, letter) => actions.replayDeadLetter(plugin, letter)),
  "dead-letter/drop": ofLetter((actions, plugin, letter) => actions.dropDeadLetter(plugin, letter)),
};

function named(search: URLSearchParams, field: string): string {
  return parse(Text, search.get(field) ?? "", "E_PAGE_ACTION");
}

function percent(text: string): number {
  const number = Number(text);
  if (!/^\d{1,2}$/.test(text) || number < 1) throw new StepppsError("E_PAGE_ACTION", "canary has to be from 1 to 99 percent");
  return number;
}
