import { type Static, Type } from "typebox";

const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

/** What a package is taken for; each is fetched only when something of that group is built. */
export const GROUPS = [
  "tools",
  "emulator",
  "qemu",
  "kernel",
  "kernel-next",
  "kernel-source",
  "kernel-tools",
  "firmware",
  "layer",
  "loader",
  "tests",
] as const;

/** A Debian package. `arch` is the package's own, "all" among them. */
export const LockedDeb = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9+.-]+$" }),
    arch: Type.Enum(["amd64", "arm64", "all"]),
    version: Type.String({ minLength: 1 }),
    group: Type.Enum(GROUPS),
    /** Below the mirror: "pool/main/…". */
    path: Type.String({ pattern: "^pool/(?!.*[.][.])[A-Za-z0-9/_.+~%:-]+\\.deb$" }),
    size: Type.Integer({ minimum: 1 }),
    sha256: Sha256,
  },
  { additionalProperties: false },
);
export type LockedDeb = Static<typeof LockedDeb>;

/** `lock.json`: what images are made of beside the wheels in `runtime/wasmtime/build/lock.json`. */
export const Lock = Type.Object(
  {
    /** When it was resolved, in seconds since the epoch: the time that everything in an image bears. */
    time: Type.Integer({ minimum: 0 }),
    debian: Type.Array(LockedDeb),
  },
  { additionalProperties: false },
);
export type Lock = Static<typeof Lock>;
export type Group = LockedDeb["group"];
