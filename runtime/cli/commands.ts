import type { Command, Option } from "./command.ts";

const KEY: Option = { flags: "--key <name>", summary: "the key to sign with", default: "owner" };

/** Every verb there is. */
export const COMMANDS: readonly Command[] = [
  {
    name: "start",
    summary: "run the supervisor, its broker and its page on this machine",
    options: [
      { flags: "--mqtt-port <port>", summary: "the broker's port; another is taken when it is in use" },
      { flags: "--web-port <port>", summary: "the page's port; another is taken when it is in use" },
      { flags: "--engine <name>", summary: "wasmtime or v8; default: wasmtime on Linux" },
      { flags: "--no-examples", summary: "do not deploy the example plugins" },
    ],
    example: "start --data /var/lib/steppps",
    load: () => import("./verbs/start.ts"),
  },
  {
    name: "status",
    summary: "what a device does: plugins, health, counts",
    device: true,
    example: "status --json",
    load: () => import("./verbs/status.ts"),
  },
  {
    name: "keys",
    summary: "the keys that plugins are signed with, and those a device trusts",
    commands: [
      {
        name: "new",
        summary: "make a key pair",
        arguments: ["[name]"],
        example: "keys new home",
        load: () => import("./verbs/keys/new.ts"),
      },
      { name: "list", summary: "the keys on this machine", example: "keys list", load: () => import("./verbs/keys/list.ts") },
      {
        name: "show",
        summary: "a public key, as the device document takes it",
        arguments: ["[name]"],
        example: "keys show home > home.pub",
        load: () => import("./verbs/keys/show.ts"),
      },
      {
        name: "trust",
        summary: "add an owner to the device document",
        arguments: ["<key>"],
        example: "keys trust home.pub",
        load: () => import("./verbs/keys/trust.ts"),
      },
    ],
  },
  {
    name: "plugin",
    summary: "write, test, sign and deploy plugins, and look after those that run",
    commands: [
      {
        name: "new",
        summary: "a folder with a plugin to begin with",
        arguments: ["<name>"],
        example: "plugin new my-rule",
        load: () => import("./verbs/plugin/new.ts"),
      },
      {
        name: "test",
        summary: "run *.test.ts against the real sandbox with a virtual clock",
        arguments: ["[paths...]"],
        options: [{ flags: "--report <file>", summary: "write a TAP report there" }],
        example: "plugin test my-rule",
        load: () => import("./verbs/plugin/test.ts"),
      },
      {
        name: "build",
        summary: "compile to WebAssembly and a manifest",
        arguments: ["[path]"],
        options: [{ flags: "-o, --out <dir>", summary: "where to write them; default: out beside plugin.ts" }],
        example: "plugin build my-rule",
        load: () => import("./verbs/plugin/build.ts"),
      },
      {
        name: "sign",
        summary: "compile and sign: one file, ready to deploy",
        arguments: ["[path]"],
        options: [KEY, { flags: "-o, --out <dir>", summary: "where to write it; default: out beside plugin.ts" }],
        example: "plugin sign my-rule --key home",
        load: () => import("./verbs/plugin/sign.ts"),
      },
      {
        name: "deploy",
        summary: "send a signed file to a device, or compile and sign a folder first",
        arguments: ["[paths...]"],
        options: [KEY],
        device: true,
        example: "plugin deploy my-rule --device kitchen",
        load: () => import("./verbs/plugin/deploy.ts"),
      },
      {
        name: "dev",
        summary: "compile and swap into a running device at every save",
        arguments: ["[path]"],
        options: [KEY],
        device: true,
        example: "plugin dev my-rule",
        load: () => import("./verbs/plugin/dev.ts"),
      },
      {
        name: "list",
        summary: "the plugins of a device",
        device: true,
        example: "plugin list",
        load: () => import("./verbs/plugin/list.ts"),
      },
      {
        name: "logs",
        summary: "what plugins said, and what happened to them",
        arguments: ["[plugin]"],
        options: [
          { flags: "-f, --follow", summary: "go on as it happens" },
          { flags: "-n, --limit <n>", summary: "how many lines back", default: "50" },
        ],
        device: true,
        example: "plugin logs motion-light -f",
        load: () => import("./verbs/plugin/logs.ts"),
      },
      {
        name: "rollback",
        summary: "go back to the version before",
        arguments: ["<plugin>"],
        device: true,
        example: "plugin rollback motion-light",
        load: () => import("./verbs/plugin/rollback.ts"),
      },
      {
        name: "remove",
        summary: "take a plugin off a device, with its state",
        arguments: ["<plugin>"],
        device: true,
        example: "plugin remove motion-light",
        load: () => import("./verbs/plugin/remove.ts"),
      },
      {
        name: "replay",
        summary: "handle the recorded inputs again here, and compare what came out",
        arguments: ["<plugin>"],
        device: true,
        example: "plugin replay motion-light",
        load: () => import("./verbs/plugin/replay.ts"),
      },
      {
        name: "dead-letters",
        summary: "inputs that a plugin could not handle",
        commands: [
          {
            name: "list",
            summary: "those of one plugin, or of all",
            arguments: ["[plugin]"],
            device: true,
            default: true,
            example: "plugin dead-letters list",
            load: () => import("./verbs/plugin/dead-letters/list.ts"),
          },
          {
            name: "show",
            summary: "one of them in full",
            arguments: ["<plugin>", "<id>"],
            device: true,
            example: "plugin dead-letters show cold-chain 17",
            load: () => import("./verbs/plugin/dead-letters/show.ts"),
          },
          {
            name: "replay",
            summary: "give it to the plugin again",
            arguments: ["<plugin>", "<id>"],
            device: true,
            example: "plugin dead-letters replay cold-chain 17",
            load: () => import("./verbs/plugin/dead-letters/replay.ts"),
          },
          {
            name: "drop",
            summary: "forget it",
            arguments: ["<plugin>", "<id>"],
            device: true,
            example: "plugin dead-letters drop cold-chain 17",
            load: () => import("./verbs/plugin/dead-letters/drop.ts"),
          },
        ],
      },
    ],
  },
  {
    name: "completion",
    summary: "a completion script for your shell",
    arguments: ["<shell>"],
    example: "completion bash > ~/.local/share/bash-completion/completions/steppps",
    load: () => import("./verbs/completion.ts"),
  },
];

/** Taken by every command. */
export const COMMON_OPTIONS: readonly Option[] = [
  { flags: "--json", summary: "print the result as JSON" },
  { flags: "--data <dir>", summary: "the data directory; default: $STEPPPS_DATA, or steppps-data in the checkout" },
];

/** Taken by commands that talk to a device. */
export const DEVICE_OPTIONS: readonly Option[] = [
  { flags: "--device <name>", summary: "the device's name; default: the one that runs from the data directory" },
  { flags: "--broker <url>", summary: "the broker that reaches it, such as mqtt://kitchen.local" },
  { flags: "--timeout <duration>", summary: "how long to wait for its answer", default: "10s" },
];
