import type { Static } from "typebox";
import { Version } from "./manifest.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Size = Type.Integer({ minimum: 1, maximum: 8 * 2 ** 30 });
const Hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
/** SHA-256. */
const Digest = Type.Unsafe<Uint8Array>({});

/** The content type of an image's envelope. */
export const IMAGE_CONTENT_TYPE = "application/vnd.steppps.image+cbor";

/** What goes into a slot: `root` into its partition, the others into its folder on the boot partition under these names. */
export const IMAGE_PARTS = ["root", "kernel", "initramfs", "board.dtb"] as const;
export type ImagePartName = (typeof IMAGE_PARTS)[number];

/**
 * One file of a slot, cut into blocks by its content (FastCDC). `blocks` has 40 bytes for each, in order; integers are little endian:
 *
 *   32  SHA-256 of the block   4  its length   4  its length in the bundle: as a Zstandard frame, as it is where the two
 *                                                 are equal, 0 where the same block came before
 */
export const ImagePart = Type.Object(
  { name: Type.Enum(IMAGE_PARTS), size: Size, sha256: Digest, blocks: Type.Unsafe<Uint8Array>({}) },
  closed,
);
export type ImagePart = Static<typeof ImagePart>;

/** dm-verity of the root file system: its hash tree lies behind the data, in the same part. Blocks have 4,096 bytes. */
export const Verity = Type.Object(
  { rootHash: Hex(32), salt: Type.String({ pattern: "^([0-9a-f]{2}){0,256}$" }), dataBlocks: Size, hashOffset: Size },
  closed,
);
export type Verity = Static<typeof Verity>;

/** The signed content of an image's envelope: everything about a version but the bytes of its blocks. */
export const ImageManifest = Type.Object(
  {
    type: Type.Literal("image"),
    board: Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" }),
    version: Version,
    /** The lowest version that it can follow directly. */
    minimum: Type.Optional(Version),
    /** ms since the epoch: from then on nobody installs it. */
    expires: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
    /** The kernel's, with {slot} where the slot's letter belongs. Dm-verity's root hash is in it. */
    commandLine: Type.String({ minLength: 1, maxLength: 2000 }),
    verity: Verity,
    parts: Type.Array(ImagePart, { minItems: 1, maxItems: IMAGE_PARTS.length }),
  },
  closed,
);
export type ImageManifest = Static<typeof ImageManifest>;
