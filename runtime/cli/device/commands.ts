import type { Command } from "../command.ts";

/** The verbs of the machine as a whole. */
export const DEVICE_COMMANDS: Command = {
  name: "device",
  summary: "the machine that a device is: start it again, switch it off, make it as new",
  commands: [
    {
      name: "reboot",
      summary: "start the machine again",
      device: true,
      example: "device reboot --device kitchen",
      load: () => import("../verbs/device/reboot.ts"),
    },
    {
      name: "poweroff",
      summary: "switch the machine off; only its own switch, or its power, brings it back",
      device: true,
      example: "device poweroff --device kitchen",
      load: () => import("../verbs/device/poweroff.ts"),
    },
    {
      name: "factory-reset",
      summary: "start it as a new one: plugins, their state and events go; its identity, lowest versions and steppps.yaml stay",
      options: [{ flags: "--yes", summary: "really" }],
      device: true,
      example: "device factory-reset --device kitchen --yes",
      load: () => import("../verbs/device/factory-reset.ts"),
    },
  ],
};
