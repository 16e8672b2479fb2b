import type { Command, Option } from "../command.ts";

const DIR: Option = { flags: "--dir <dir>", summary: "the folder with the signed metadata", default: "trust" };
const DAYS: Option = { flags: "--days <n>", summary: "how long it holds", default: "365" };
const ALGORITHM: Option = { flags: "--algorithm <name>", summary: "ec-p256 or ml-dsa-65", default: "ec-p256" };
const TARGETS: Option = { flags: "--targets <keys>", summary: "who says which versions there are; nobody: any that is signed" };
const TIMESTAMP: Option = { flags: "--timestamp <keys>", summary: "who says what is newest; default: those of --targets" };
const POLICY: Option = { flags: "--policy <keys>", summary: "who says which key may deploy what" };
const THRESHOLD: Option = { flags: "--threshold <n>", summary: "how many of the root's keys have to sign a root" };

/** Who signs for a device's keys, versions and policy. Keys are named by name, file or line, several with commas between. */
export const TRUST_COMMANDS: Command = {
  name: "trust",
  summary: "whom devices trust: roots, policies, revocation, and the device's own certificate",
  commands: [
    {
      name: "init",
      summary: "make the first root, signed by an owner of the devices",
      options: [
        { flags: "--root <keys>", summary: "whose keys the root is", default: "owner" },
        THRESHOLD,
        TARGETS,
        TIMESTAMP,
        POLICY,
        { flags: "--owner <keys>", summary: "an owner that the devices have now; default: the key 'owner', if there is one" },
        DIR,
        DAYS,
      ],
      example: "trust init --root alice,bob.pub,carol.pub --threshold 2",
      load: () => import("../verbs/trust/init.ts"),
    },
    {
      name: "rotate",
      summary: "the next root, with other keys; what is not named stays",
      options: [{ flags: "--root <keys>", summary: "whose keys the root is" }, THRESHOLD, TARGETS, TIMESTAMP, POLICY, DIR, DAYS],
      example: "trust rotate --root alice,dora.pub,carol.pub",
      load: () => import("../verbs/trust/rotate.ts"),
    },
    {
      name: "sign",
      summary:
        "enter plugins, bundles, layers and models into the targets, add a signature to metadata, or sign all for another while",
      arguments: ["[files...]"],
      options: [DIR, DAYS],
      example: "trust sign out/hall-light-1.2.0.plugin",
      load: () => import("../verbs/trust/sign.ts"),
    },
    {
      name: "revoke",
      summary: "take a key out of every role and rule",
      arguments: ["<key>"],
      options: [DIR, DAYS],
      example: "trust revoke bob.pub",
      load: () => import("../verbs/trust/revoke.ts"),
    },
    {
      name: "policy",
      summary: "sign a policy that is written in YAML",
      arguments: ["<file>"],
      options: [DIR, DAYS],
      example: "trust policy policy.yaml",
      load: () => import("../verbs/trust/policy.ts"),
    },
    {
      name: "update",
      summary: "bring the signed metadata to a device, or write it to a file",
      arguments: ["[bundle]"],
      options: [DIR, { flags: "--out <file>", summary: "write a bundle there, for a device that no network reaches" }],
      device: true,
      example: "trust update --device kitchen",
      load: () => import("../verbs/trust/update.ts"),
    },
    {
      name: "status",
      summary: "whom a device trusts, until when, and what it would refuse",
      device: true,
      example: "trust status",
      load: () => import("../verbs/trust/status.ts"),
    },
    {
      name: "reset",
      summary: "on the device, while it is stopped: forget the root and trust the owners again",
      options: [
        { flags: "--yes", summary: "really" },
        { flags: "--floors", summary: "forget the lowest versions too" },
      ],
      example: "trust reset --data /var/lib/steppps --yes",
      load: () => import("../verbs/trust/reset.ts"),
    },
    {
      name: "csr",
      summary: "on the device: a signing request for its own key",
      options: [ALGORITHM, { flags: "-o, --out <file>", summary: "write it there" }],
      example: "trust csr --out kitchen.csr",
      load: () => import("../verbs/trust/csr.ts"),
    },
    {
      name: "certificate",
      summary: "on the device: take the certificate that was issued for it",
      arguments: ["<file>"],
      options: [ALGORITHM],
      example: "trust certificate kitchen.pem",
      load: () => import("../verbs/trust/certificate.ts"),
    },
  ],
};
