/**
 * The steps of a deploy, in order, and what each does. A deploy is a row of the journal that says which step it reached: after a
 * crash it goes on from there, or ends with its reason. Until `swap` the old version works on as if nothing were.
 */
const DEPLOY_STEPS = {
  receive: "chunks arrive, those that are here already are not sent",
  verify: "both signatures, the signer's right to deploy this, no version lower than one that was here",
  approve: "what it may do beyond the version at work: allowed by a signed policy, or by a person",
  compile: "compiled, its imports and settings checked",
  migrate: "a fresh instance takes the old version's state, changed by its own migration where it declares one",
  shadow: "it handles recent recorded inputs again; nothing of that leaves the sandbox",
  canary: "it handles the share of the inputs that was asked for, by key, with a state of its own",
  swap: "it takes over between two messages",
  gate: "it is watched beside the old version's record; old state and the inputs since are kept",
} as const;
export type DeployStep = keyof typeof DEPLOY_STEPS;

/**
 * How a deploy ended, or that it hasn't. `waiting`: for a person's approval. `probation`: at work, its gate still open.
 */
const DEPLOY_OUTCOMES = ["running", "waiting", "probation", "done", "refused", "rolled-back"] as const;
export type DeployOutcome = (typeof DEPLOY_OUTCOMES)[number];

/** What became of a deploy so far. `id` is the SHA-256 of the envelope, in hex. */
export interface DeployReport {
  readonly id: string;
  readonly step: DeployStep;
  readonly outcome: DeployOutcome;
  /** Whether the version is at work: outcome probation or done. */
  readonly ok: boolean;
  readonly plugin?: string;
  readonly version?: string;
  readonly from?: string;
  /** What it asks for beyond the version at work, a line each. Only while it waits. */
  readonly asks?: readonly string[];
  /** What the shadow run found different, a line each; information, not a failure. Over MQTT only the first of them. */
  readonly differences?: readonly string[];
  readonly error?: { readonly code: string; readonly what: string; readonly detail: string; readonly fix: string };
  /** ms since the epoch. */
  readonly time: number;
  readonly millis: number;
}
