import type { ErrorTable } from "./table.ts";

/** The command line, on whichever machine it runs. */
export const cliErrors = {
  E_CLI_NO_DEVICE: {
    what: "No supervisor runs here",
    why: "Without --broker a command talks to the supervisor whose data directory it finds, and that one does not run",
    fix: "Start it with 'npm start', or name another with --data DIR, or with --broker URL and --device NAME",
  },
  E_CLI_UNREACHABLE: {
    what: "The broker cannot be reached",
    why: "Commands reach a device over MQTT",
    fix: "Check the address given with --broker, and that the device runs",
  },
  E_CLI_TIMEOUT: {
    what: "The device did not answer in time",
    why: "It is off, busy, or has another name",
    fix: "Check --device, or give it longer with --timeout",
  },
  E_CLI_DEVICE: {
    what: "The device refused with an error that this version does not know",
    why: "It runs a newer version of steppps",
    fix: "Update this checkout",
  },
  E_CLI_OPTION: {
    what: "An option's value is not valid",
    why: "Values are checked before anything is done",
    fix: "See the command's --help",
  },
  E_CLI_NO_PLUGIN: {
    what: "There is no plugin here",
    why: "A plugin is a folder with a plugin.ts",
    fix: "Name its folder, or make one with 'steppps plugin new NAME'",
  },
  E_CLI_EXISTS: {
    what: "There is something of that name already",
    why: "Nothing of yours is overwritten",
    fix: "Take another name, or move it away",
  },
  E_CLI_TESTS: {
    what: "The plugin's tests do not pass",
    why: "The report names the tests that failed",
    fix: "Correct the plugin or the test",
  },
  E_CLI_NO_TESTS: {
    what: "There are no tests here",
    why: "Tests are files that end with .test.ts, beside the plugin",
    fix: "Write plugin.test.ts; 'steppps plugin new' makes one to begin with",
  },
  E_CLI_UNEXPECTED: {
    what: "The command failed in a way it does not know",
    why: "This is a mistake in steppps",
    fix: "Report it with what is printed here",
  },
} as const satisfies ErrorTable;
