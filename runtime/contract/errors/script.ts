import type { ErrorTable } from "./table.ts";

/** Plugins: what they are made of, what they may do, and how they fail. */
export const scriptErrors = {
  E_GUEST_INVALID: {
    what: "A plugin's code is not valid WebAssembly",
    why: "The engine refused to compile it",
    fix: "Build it again with 'steppps plugin build'",
  },
  E_GUEST_IMPORT: {
    what: "A plugin imports something that the host does not offer",
    why: "Guests may import the calls of the plugin ABI and nothing else",
    fix: "Build it with this version's SDK; remove code that imports other host functions",
  },
  E_GUEST_EXPORT: {
    what: "A plugin lacks an export that the host calls",
    why: "A guest exports its memory, steppps_handle and steppps_save",
    fix: "Build it with 'steppps plugin build', and give it a class with @workflow",
  },
  E_GUEST_TRAP: {
    what: "A plugin's code failed",
    why: "WebAssembly trapped: a bad index, a division by zero, a null, a stack that is too deep",
    fix: "Read the backtrace, correct the code, deploy a new version; replay the input with 'steppps plugin dead-letters replay'",
  },
  E_GUEST_ABORT: {
    what: "A plugin's code stopped itself",
    why: "An assertion or a run-time check in it failed",
    fix: "Correct the line that the message names; replay the input with 'steppps plugin dead-letters replay'",
  },
  E_GUEST_DEADLINE: {
    what: "A plugin took longer for one input than its manifest allows",
    why: "An endless loop must not hold the device",
    fix: "Make the handler shorter, or raise deadlineMs in @workflow",
  },
  E_GUEST_MEMORY: {
    what: "A plugin wanted more memory than its manifest allows",
    why: "One plugin must not take the memory of the others",
    fix: "Keep less state, or raise memoryBytes in @workflow",
  },
  E_GUEST_EFFECTS: {
    what: "A plugin published or stored more in one batch than its manifest allows",
    why: "One input must not flood the device",
    fix: "Publish less per input, or raise effectBytes in @workflow",
  },
  E_GUEST_REJECTED: {
    what: "A plugin rejected an input",
    why: "Its handler called reject()",
    fix: "See the plugin's log for the reason",
  },
  E_GUEST_RESULT: {
    what: "A plugin answered an input with a failure",
    why: "A handler, a stored state or a setting is not known to this version",
    fix: "See the plugin's log; give renamed state fields a migration",
  },
  E_PLUGIN_DENIED: {
    what: "A plugin did what its signed manifest does not allow",
    why: "Everything that a manifest does not name is refused",
    fix: "Declare the topic with @publishes, then build, sign and deploy again",
  },
  E_PLUGIN_CONFIG: {
    what: "A plugin's settings in the device document are not valid",
    why: "Settings are checked against the plugin's @config fields before it starts",
    fix: "Correct the named field under plugins in steppps.yaml",
  },
  E_PLUGIN_UNKNOWN: {
    what: "There is no plugin of that name",
    why: "It was never deployed, or was removed",
    fix: "See 'steppps plugin list'",
  },
  E_PLUGIN_NO_PREVIOUS: {
    what: "There is no version to go back to",
    why: "The plugin has run in one version only",
    fix: "Deploy the version you want",
  },
  E_PLUGIN_VERSION: {
    what: "This version of the plugin was deployed before, with other content",
    why: "A version names one content, so that a rollback is certain",
    fix: "Raise the version in @workflow, then build, sign and deploy again",
  },
  E_PLUGIN_LOOP: {
    what: "A message went from plugin to plugin too often",
    why: "Plugins that hear what they lead each other to say would go on for ever",
    fix: "Publish answers to topics that no plugin in the circle listens to; the last message is among the dead letters",
  },
  E_PLUGIN_CLOSED: {
    what: "The plugin is stopping",
    why: "It is being replaced, removed, or the supervisor ends",
    fix: "Send the input again",
  },
  E_PLUGIN_BUSY: {
    what: "A plugin has as many inputs waiting as it may",
    why: "Queues are bounded; the device would run out of memory",
    fix: "Send with QoS 1 or 2 so that senders are slowed down, or make the handler faster",
  },
  E_DEAD_LETTER_UNKNOWN: {
    what: "There is no dead letter of that number",
    why: "It was replayed or dropped",
    fix: "See 'steppps plugin dead-letters'",
  },
  E_RECORDING: {
    what: "The file is not a recording of a plugin's inputs",
    why: "A recording is read item by item, each of the shape that this version knows; one that was cut short or changed ends the replay there",
    fix: "Take it again with 'steppps record', with the same version of steppps",
  },
  E_REPLAY_DIFFERS: {
    what: "A replay did not give the recorded effects",
    why: "The code or the engine differs from what ran on the device",
    fix: "Replay with the version that the inputs were recorded with; if it was that one, report it",
  },
} as const satisfies ErrorTable;
