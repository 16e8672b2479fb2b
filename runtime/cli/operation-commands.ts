import type { Command } from "./command.ts";

/** The verbs of looking after a device, beside its plugins and its keys. */
export const OPERATION_COMMANDS: readonly Command[] = [
  {
    name: "discover",
    summary: "the devices that can be found on this network",
    options: [{ flags: "--wait <duration>", summary: "how long to listen", default: "3s" }],
    example: "discover",
    load: () => import("./verbs/discover.ts"),
  },
  {
    name: "pair",
    summary: "become the owner of a device that has none, by the code that it shows",
    arguments: ["[code]"],
    options: [{ flags: "--name <name>", summary: "what the device calls your key", default: "owner" }],
    device: true,
    example: "pair 1234-5678",
    load: () => import("./verbs/pair.ts"),
  },
  {
    name: "backup",
    summary: "everything that makes the device, in one file, while it runs or not",
    arguments: ["<file>"],
    options: [
      { flags: "--identity", summary: "with its keys; the file is then encrypted with a passphrase" },
      { flags: "--no-history", summary: "without the recorded inputs that replays need" },
    ],
    example: "backup kitchen.backup",
    load: () => import("./verbs/backup.ts"),
  },
  {
    name: "restore",
    summary: "make a data directory from a backup; the supervisor must not run",
    arguments: ["<file>"],
    options: [
      { flags: "--identity", summary: "take the first device's keys and name over: only when that one is gone" },
      { flags: "--name <name>", summary: "the device's name; without --identity its old one with -restored is the default" },
      { flags: "--replace", summary: "move what is in the folder aside" },
    ],
    example: "restore kitchen.backup --data /var/lib/steppps",
    load: () => import("./verbs/restore.ts"),
  },
  {
    name: "password",
    summary: "what stands for a password in the device document; asks for it, or reads it from standard input",
    example: "password",
    load: () => import("./verbs/password.ts"),
  },
  {
    name: "support",
    summary: "a file for whoever helps: what the device does, without messages, keys or passwords",
    arguments: ["<file>"],
    example: "support device.tar.gz",
    load: () => import("./verbs/support.ts"),
  },
];
