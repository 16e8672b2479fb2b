import type { Command } from "../command.ts";

/** The verbs of image updates. */
export const UPDATE_COMMANDS: Command = {
  name: "update",
  summary: "the image that a device runs: bring a new one, watch it, take it back",
  commands: [
    {
      name: "deploy",
      summary: "bring a bundle to a device: a file, served from here while the device fetches it, or an address",
      arguments: ["<bundle>"],
      options: [
        { flags: "--serve-as <host>", summary: "this machine's name or address as the device reaches it" },
        { flags: "--wait", summary: "until it passed its gate, or was taken back; the exit code says which" },
      ],
      device: true,
      example: "update deploy steppps-pc-1.1.0.bundle --device kitchen",
      load: () => import("../verbs/update/deploy.ts"),
    },
    {
      name: "status",
      summary: "which image runs, and what became of the last update",
      device: true,
      default: true,
      example: "update status",
      load: () => import("../verbs/update/status.ts"),
    },
    {
      name: "approve",
      summary: "let an update go on that waits, or try one again that was taken back",
      arguments: ["<update>"],
      device: true,
      example: "update approve 3f9a01c2",
      load: () => import("../verbs/update/approve.ts"),
    },
    {
      name: "refuse",
      summary: "end an update; one that is on trial is taken back",
      arguments: ["<update>"],
      device: true,
      example: "update refuse 3f9a01c2",
      load: () => import("../verbs/update/refuse.ts"),
    },
    {
      name: "rollback",
      summary: "restart into the image before; it has to pass the gate as a new one does",
      device: true,
      example: "update rollback",
      load: () => import("../verbs/update/rollback.ts"),
    },
  ],
};
