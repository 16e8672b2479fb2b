import type { Command } from "../command.ts";

/** The verbs of layers. */
export const LAYER_COMMANDS: Command = {
  name: "layer",
  summary: "programs beside the image: signed file systems such as 'wifi'",
  commands: [
    {
      name: "add",
      summary: "bring a layer to a device: a file, served from here while the device fetches it, or an address",
      arguments: ["<layer>"],
      options: [{ flags: "--serve-as <host>", summary: "this machine's name or address as the device reaches it" }],
      device: true,
      example: "layer add steppps-layer-wifi-1.0.0-arm64.layer --device kitchen",
      load: () => import("../verbs/layer/add.ts"),
    },
    {
      name: "list",
      summary: "the layers of a device, and what became of the last one",
      device: true,
      default: true,
      example: "layer list",
      load: () => import("../verbs/layer/list.ts"),
    },
    {
      name: "remove",
      summary: "take a layer off a device, with its file",
      arguments: ["<name>"],
      device: true,
      example: "layer remove wifi",
      load: () => import("../verbs/layer/remove.ts"),
    },
  ],
};
