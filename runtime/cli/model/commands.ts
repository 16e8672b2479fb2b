import type { Command, Option } from "../command.ts";

const KEY: Option = { flags: "--key <name>", summary: "the key to sign with", default: "owner" };

/** The verbs of models. */
export const MODEL_COMMANDS: Command = {
  name: "model",
  summary: "ONNX models: describe, test, sign and deploy them, and look after those of a device",
  commands: [
    {
      name: "add",
      summary: "make a folder of an ONNX file: what it says of itself, what you add to that, and golden vectors",
      arguments: ["<file>"],
      options: [
        { flags: "--name <name>", summary: "its name on devices; default: the file's" },
        { flags: "--model-version <version>", summary: "its version", default: "1.0.0" },
        { flags: "--licence <spdx>", summary: "under which it may be used, such as Apache-2.0" },
        { flags: "--description <text>", summary: "what it is for" },
        { flags: "--dims <dims...>", summary: "fix open dims: input=1x512; one that stays open is ?" },
        { flags: "--range <ranges...>", summary: "what an input may be: input=0..255" },
        { flags: "--vectors <n>", summary: "golden vectors to make", default: "3" },
        { flags: "-o, --out <dir>", summary: "the folder; default: the name" },
      ],
      example: "model add digits.onnx --licence MIT --range image=0..1",
      load: () => import("../verbs/model/add.ts"),
    },
    {
      name: "test",
      summary: "look through a model and run its golden vectors here, with everything that can run it",
      arguments: ["[path]"],
      example: "model test digits",
      load: () => import("../verbs/model/test.ts"),
    },
    {
      name: "bench",
      summary: "how fast this machine runs a model, with everything that can run it",
      arguments: ["[path]"],
      options: [{ flags: "--seconds <n>", summary: "how long to measure each", default: "2" }],
      example: "model bench digits",
      load: () => import("../verbs/model/bench.ts"),
    },
    {
      name: "sign",
      summary: "sign a model's folder: one file, ready to deploy",
      arguments: ["[path]"],
      options: [KEY, { flags: "-o, --out <dir>", summary: "where to write it; default: the folder itself" }],
      example: "model sign digits --key home",
      load: () => import("../verbs/model/sign.ts"),
    },
    {
      name: "deploy",
      summary: "send a signed model to a device, or sign a folder first",
      arguments: ["<path>"],
      options: [
        KEY,
        { flags: "--timeout <duration>", summary: "how long to go on while nothing is heard of the device", default: "2m" },
      ],
      device: true,
      example: "model deploy digits-1.0.0.model --device kitchen",
      load: () => import("../verbs/model/deploy.ts"),
    },
    {
      name: "list",
      summary: "the models of a device",
      device: true,
      default: true,
      example: "model list",
      load: () => import("../verbs/model/list.ts"),
    },
    {
      name: "rollback",
      summary: "go back to the version before",
      arguments: ["<model>"],
      device: true,
      example: "model rollback digits",
      load: () => import("../verbs/model/rollback.ts"),
    },
    {
      name: "remove",
      summary: "take a model off a device",
      arguments: ["<model>"],
      device: true,
      example: "model remove digits",
      load: () => import("../verbs/model/remove.ts"),
    },
  ],
};
