import type { ErrorTable } from "./table.ts";

/** Deploys: why a version was not taken, or was taken back. */
export const deployErrors = {
  E_DEPLOY_BUSY: {
    what: "Too many deploys wait for their turn",
    why: "Deploys are tried one after the other, and what waits is bounded",
    fix: "Deploy again in a moment",
  },
  E_DEPLOY_UNKNOWN: {
    what: "There is no deploy of that id that could be approved or refused",
    why: "It ended, its time for approval is over, or the id fits several",
    fix: "See 'steppps plugin deploys'",
  },
  E_DEPLOY_REFUSED: {
    what: "A person refused the deploy",
    why: "It asked for more than the version at work may do, and was not approved",
    fix: "Take back what it asks for, or ask whoever looks after the device, then deploy a new version",
  },
  E_DEPLOY_EXPIRED: {
    what: "Nobody approved the deploy in time",
    why: "A version that asks for more waits for a person, but not for ever ('deploys.approvalHours' in steppps.yaml)",
    fix: "Deploy it again, and approve it with 'steppps plugin approve'",
  },
  E_DEPLOY_SUPERSEDED: {
    what: "Another deploy of the same plugin came in its place",
    why: "Of two versions that wait, or that have not passed their gate, the newer one counts",
    fix: "Nothing, if the newer one is what you want",
  },
  E_DEPLOY_INTERRUPTED: {
    what: "The supervisor ended again and again at this step of the deploy",
    why: "A deploy goes on after a restart, but one that may be the cause of the restarts is given up",
    fix: "Look at the events around the restarts; deploy the version again once they are explained",
  },
  E_DEPLOY_BROKEN: {
    what: "The supervisor could not carry it out, by a fault of its own",
    why: "Something failed that no version of a plugin can make fail; none is blamed for it",
    fix: "Make a support bundle with 'steppps support' and report it with that; deploy again once it is explained",
  },
  E_DEPLOY_REJECTED: {
    what: "This very version was taken back on this device before",
    why: "A version that failed its gate is not tried again by itself, whoever sends it again",
    fix: "Deploy a corrected version; or try it again with 'steppps plugin approve' and the id of the deploy that was taken back",
  },
  E_DEPLOY_MIGRATION: {
    what: "A version could not take over the state of the one before it",
    why: "Its own migration or its state fields refused that state; the version at work goes on, its state untouched",
    fix: "Test the migration with testPlugin and 'from', correct it, and deploy again",
  },
  E_DEPLOY_SHADOW: {
    what: "A version failed on inputs that this device recorded",
    why: "Before it takes over, a version handles recent inputs again, apart from the real ones; the version at work had handled them",
    fix: "Replay them with 'steppps replay PLUGIN --with NEW.wasm', correct the version, and deploy again",
  },
  E_DEPLOY_SLOW: {
    what: "A version took more than twice the time on inputs that this device recorded",
    why: "One that is slower may not keep up with what comes in",
    fix: "Make the handler faster; 'steppps replay PLUGIN --with NEW.wasm' runs the same inputs",
  },
  E_DEPLOY_CANARY: {
    what: "The deploy can't be tried on a share of the inputs",
    why: "A canary needs a version at work, a share from 1 to 99 percent, and a plugin that keeps what it knows in the journal",
    fix: "Deploy it without --canary",
  },
  E_DEPLOY_DOCUMENT: {
    what: "The device document asks for a plugin or a version that can't be put to work",
    why: "The package it names can't be read, or holds another plugin or version than it says",
    fix: "Correct plugins in steppps.yaml, or copy the package into the data directory",
  },
  E_DEPLOY_FIXED: {
    what: "The device document does not let this version be deployed",
    why: "steppps.yaml switches the plugin off, or names another version that has to run; whoever sends one does not overrule it",
    fix: "Change the plugin's 'enabled' or 'version' in steppps.yaml, then deploy it again",
  },
  E_GATE_FAILURES: {
    what: "A version failed on inputs more often than the one before it",
    why: "Until its gate has passed, a version that fails is taken back and its inputs are handled again by the one before",
    fix: "See 'steppps plugin logs' and 'steppps plugin dead-letters', correct it, and deploy a new version",
  },
  E_GATE_DENIED: {
    what: "A version did what its manifest does not allow",
    why: "Everything that the signed manifest does not name is refused, and a version that tries is taken back",
    fix: "Declare the topic with @publishes, or remove what sends there, and deploy a new version",
  },
  E_GATE_SLOW: {
    what: "A version takes much longer for an input than the one before it",
    why: "One that is slower may not keep up with what comes in",
    fix: "Make the handler faster, and deploy a new version",
  },
  E_GATE_LAG: {
    what: "Inputs wait much longer since a version took over",
    why: "It does not keep up with what comes in",
    fix: "Make the handler faster, and deploy a new version",
  },
  E_GATE_MEMORY: {
    what: "A version's memory grows and grows",
    why: "It would reach its limit and fail; the one before it did not need that memory",
    fix: "Look for what is kept in fields and never let go, and deploy a new version",
  },
  E_GATE_EFFECTS: {
    what: "A version sends or stores many times what the one before it did",
    why: "It may flood the device or whoever listens",
    fix: "Publish less for an input; deploy in small steps when it is meant",
  },
  E_GATE_STARTS: {
    what: "The supervisor ended again and again since a version took over",
    why: "The version may be the cause, and it has not passed its gate",
    fix: "Look at the events around the restarts; deploy a corrected version",
  },
  E_GATE_START: {
    what: "A version that had not passed its gate could not be started again with the device",
    why: "Its code is damaged, or it fails with the state that it left",
    fix: "Deploy a corrected version; the one before it is at work again, and handles what came since",
  },
  E_GATE_ROLLBACK: {
    what: "A person took the version back before its gate had passed",
    why: "Until then a rollback restores the state from before it, and the inputs since are handled again",
    fix: "Nothing, if that was meant; deploy a new version otherwise",
  },
} as const satisfies ErrorTable;
