import type { DeployOptions, Manifest } from "../../../runtime/contract/index.ts";

/** What is done to an envelope that is well made, before it is sent. */
export type Tampering = "truncated" | "garbled" | "unsigned" | "foreign" | "older" | "replayed" | "impostor";

/** What somebody does while it is on its way. */
export type Meddling = "rollback" | "remove" | "approve" | "refuse" | "leave" | "same-twice" | "another";

/** A kind of version, and how its deploys may end: an outcome, and the code of its reason. */
export interface Kind {
  readonly name: string;
  readonly good: boolean;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** The number in tally.as; from 50 on only at inputs that are marked. */
  readonly does?: number;
  /** In place of the compiled code. */
  readonly wasm?: Uint8Array;
  /** Percent of the inputs that are marked while it is watched; all where absent. */
  readonly marks?: number;
  manifest?(manifest: Manifest): Manifest;
  readonly tampering?: Tampering;
  readonly meddling?: Meddling;
  readonly options?: DeployOptions;
  readonly ends: RegExp;
}

const AT_MARKS = 50;
/** Found on recorded inputs, or, where there are none that can be used, when it has taken over. */
const SHADOW = /^(refused E_DEPLOY_(SHADOW|SLOW)|rolled-back E_GATE_(FAILURES|DENIED|MEMORY|EFFECTS|SLOW|LAG))$/;
const REFUSED = (codes: string) => new RegExp(`^refused E_(${codes})$`);

/** What a version can do wrong (tally.as), and what it is called when it is taken back for that. */
const WRONGS: readonly (readonly [name: string, does: number, codes: string])[] = [
  ["trap", 1, "FAILURES"],
  ["abort", 2, "FAILURES"],
  ["loop", 3, "FAILURES|SLOW|LAG"],
  ["memory bomb", 4, "FAILURES|MEMORY"],
  ["recursion", 5, "FAILURES"],
  ["slow", 6, "SLOW|LAG|FAILURES"],
  ["leak", 7, "MEMORY|FAILURES"],
  ["foreign topic", 8, "DENIED|FAILURES"],
  ["reserved topic", 9, "DENIED|FAILURES"],
  ["topic with a wildcard", 10, "DENIED|FAILURES"],
  ["effects beyond the limit", 11, "FAILURES|EFFECTS"],
  ["flood of messages", 12, "EFFECTS|FAILURES"],
  ["huge state", 13, "MEMORY|FAILURES|EFFECTS"],
  ["flood of timers", 14, "FAILURES|EFFECTS|MEMORY"],
  ["messages to itself", 15, "FAILURES|EFFECTS|LAG|SLOW"],
  ["flood of log lines", 16, "FAILURES|EFFECTS"],
  ["rejects everything", 17, "FAILURES"],
];

/** It takes the whole machine for a while. */
const heavy = (does: number) => does === 15;
const always = WRONGS.map(
  ([name, does]): Kind => ({ name: `${name}, always`, good: false, weight: heavy(does) ? 1 : 2, does, ends: SHADOW }),
);
const later = WRONGS.map(
  ([name, does, codes]): Kind => ({
    name: `${name}, later`,
    good: false,
    weight: heavy(does) ? 1 : 4,
    does: AT_MARKS + does,
    ends: new RegExp(`^(rolled-back E_GATE_(${codes})|refused E_DEPLOY_(SHADOW|SLOW))$`),
  }),
);

/** Imports `env.exec`. */
const FOREIGN_IMPORT = new Uint8Array(Buffer.from("0061736d01000000" + "010401600000" + "020c0103656e7604657865630000", "hex"));
const NO_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0xff, 0xff, 0xff);

export const GOOD: Kind = { name: "good", good: true, weight: 40, ends: /^done$/ };

export const KINDS: readonly Kind[] = [
  GOOD,
  { name: "good, migrates", good: true, weight: 10, manifest: migrating, ends: /^done$/ },
  { name: "good, a fifth of the inputs first", good: true, weight: 8, options: { canary: 20 }, ends: /^done$/ },
  { name: "good, approved", good: true, weight: 5, manifest: asking, meddling: "approve", ends: /^done$/ },
  { name: "good, sent by two at once", good: true, weight: 5, meddling: "same-twice", ends: /^done$/ },
  {
    name: "good, another right after it",
    good: true,
    weight: 5,
    meddling: "another",
    // One that goes another way may overtake it
    ends: /^(done|refused E_(DEPLOY_SUPERSEDED|TRUST_DOWNGRADE))$/,
  },
  ...always,
  ...later,
  { name: "trap, on some payloads", good: false, weight: 6, does: 51, marks: 15, ends: SHADOW },
  { name: "trap, at a fifth of the inputs", good: false, weight: 6, does: 51, options: { canary: 20 }, ends: SHADOW },
  { name: "leak, at a third of the inputs", good: false, weight: 4, does: 57, options: { canary: 34 }, ends: SHADOW },
  { name: "migration traps", good: false, weight: 4, does: 20, manifest: migrating, ends: REFUSED("DEPLOY_MIGRATION") },
  { name: "migration loops", good: false, weight: 3, does: 21, manifest: migrating, ends: REFUSED("DEPLOY_MIGRATION") },
  { name: "migration rejects", good: false, weight: 3, does: 22, manifest: migrating, ends: REFUSED("DEPLOY_MIGRATION") },
  {
    name: "asks for more, refused",
    good: false,
    weight: 3,
    manifest: asking,
    meddling: "refuse",
    ends: REFUSED("DEPLOY_REFUSED"),
  },
  {
    name: "asks for more, nobody answers",
    good: false,
    weight: 3,
    manifest: asking,
    meddling: "leave",
    ends: REFUSED("DEPLOY_SUPERSEDED"),
  },
  { name: "listens where it may not", good: false, weight: 3, manifest: eavesdropping, ends: REFUSED("PLUGIN_DENIED") },
  { name: "no module", good: false, weight: 3, wasm: NO_MODULE, ends: REFUSED("GUEST_[A-Z]+") },
  { name: "imports what there is not", good: false, weight: 3, wasm: FOREIGN_IMPORT, ends: REFUSED("GUEST_[A-Z]+") },
  { name: "taken back by a person", good: false, weight: 5, meddling: "rollback", ends: /^rolled-back E_GATE_ROLLBACK$/ },
  { name: "truncated", good: false, weight: 5, tampering: "truncated", ends: REFUSED("ENVELOPE_[A-Z]+|PACKAGE|CBOR") },
  { name: "garbled", good: false, weight: 5, tampering: "garbled", ends: REFUSED("ENVELOPE_[A-Z]+|PACKAGE|CBOR") },
  { name: "unsigned", good: false, weight: 3, tampering: "unsigned", ends: REFUSED("ENVELOPE_[A-Z]+|PACKAGE|CBOR") },
  { name: "signed by a stranger", good: false, weight: 4, tampering: "foreign", ends: REFUSED("ENVELOPE_SIGNER") },
  { name: "older", good: false, weight: 4, tampering: "older", ends: REFUSED("TRUST_DOWNGRADE") },
  {
    name: "sent again",
    good: false,
    weight: 5,
    tampering: "replayed",
    ends: REFUSED("TRUST_DOWNGRADE|DEPLOY_REJECTED|DEPLOY_SHADOW|DEPLOY_SLOW|DEPLOY_MIGRATION"),
  },
  {
    name: "other code, same version",
    good: false,
    weight: 4,
    tampering: "impostor",
    ends: REFUSED("PLUGIN_VERSION|TRUST_DOWNGRADE"),
  },
];

/** Only for plugins whose inputs nobody counts: what it knew goes with it. */
export const REMOVED: Kind = {
  name: "removed while it is watched",
  good: false,
  weight: 20,
  meddling: "remove",
  ends: /^(refused E_DEPLOY_SUPERSEDED)$/,
};

function eavesdropping(manifest: Manifest): Manifest {
  const handlers = manifest.handlers.map((handler) =>
    handler.kind === "message" && handler.method === "echo" ? { ...handler, filter: "steppps/+/rpc/+/+" } : handler,
  );
  return { ...manifest, handlers };
}

function asking(manifest: Manifest): Manifest {
  const publish = [...manifest.capabilities.publish, `more/${manifest.version}`];
  return { ...manifest, capabilities: { ...manifest.capabilities, publish } };
}

function migrating(manifest: Manifest): Manifest {
  return { ...manifest, migrates: true };
}
