import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";

/**
 * SPAKE2 [RFC 9382] over P-256 with SHA-256, HKDF and HMAC: two sides that know the same short code agree on a key and prove it to each
 * other. Who listens learns nothing of the code, and who takes part learns of each exchange only whether one guess was right.
 *
 *   A: pA = w·M + x·P  ──▶        ◀──  B: pB = w·N + y·P        K = x·(pB - w·N) = y·(pA - w·M)
 *   A: cA = HMAC(KcA, TT)  ──▶    ◀──  B: cB = HMAC(KcB, TT)
 */
const M = "02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f";
const N = "03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49";
const SHARE_BYTES = 65;

export interface Spake2Options {
  readonly role: "A" | "B";
  /** From the code, by a slow hash; 40 bytes or more, so that the remainder has no bias. */
  readonly password: Uint8Array;
  readonly identityA: string;
  readonly identityB: string;
  /** What both sides must see alike beside the code. */
  readonly context: Uint8Array;
  /** For the test vectors: w and the secret exponent as they are there. */
  readonly fixed?: { readonly w: bigint; readonly secret: bigint };
}

export interface Spake2 {
  /** For the other side: an uncompressed point. */
  readonly share: Uint8Array;
  /** With the other side's share; throws when that is no point of the curve. */
  finish(share: Uint8Array): Confirmation;
}

export interface Confirmation {
  /** Proves that this side knows the code. */
  readonly proof: Uint8Array;
  /** Whether the other side does. */
  accepts(proof: Uint8Array): boolean;
}

export function startSpake2({ role, password, identityA, identityB, context, fixed }: Spake2Options): Spake2 {
  const { Point } = p256;
  const order = Point.Fn.ORDER;
  const w = fixed?.w ?? reduce(password, order);
  const secret = fixed?.secret ?? reduce(randomBytes(48), order);
  const mask = (point: string) => Point.fromHex(point).multiply(w);
  const own = Point.BASE.multiply(secret).add(mask(role === "A" ? M : N));
  const share = own.toBytes(false);
  return {
    share,
    finish(theirs) {
      if (theirs.length !== SHARE_BYTES) throw new Error("not an uncompressed point");
      // fromBytes checks that it is on the curve; the curve has no small subgroup.
      const other = Point.fromBytes(theirs).subtract(mask(role === "A" ? N : M));
      const key = other.multiply(secret).toBytes(false);
      const [pA, pB] = role === "A" ? [share, theirs] : [theirs, share];
      const width = Buffer.from(w.toString(16).padStart(64, "0"), "hex");
      const transcript = framed([Buffer.from(identityA), Buffer.from(identityB), pA, pB, key, width]);
      const ka = createHash("sha256").update(transcript).digest().subarray(16);
      const info = Buffer.concat([Buffer.from("ConfirmationKeys"), context]);
      const keys = Buffer.from(hkdfSync("sha256", ka, Buffer.alloc(0), info, 32));
      const proofOf = (side: "A" | "B") =>
        createHmac("sha256", side === "A" ? keys.subarray(0, 16) : keys.subarray(16))
          .update(transcript)
          .digest();
      const expected = proofOf(role === "A" ? "B" : "A");
      return {
        proof: proofOf(role),
        accepts: (proof) => proof.length === expected.length && timingSafeEqual(proof, expected),
      };
    },
  };
}

/** 1 to order - 1. */
function reduce(bytes: Uint8Array, order: bigint): bigint {
  return (BigInt(`0x${Buffer.from(bytes).toString("hex")}`) % (order - 1n)) + 1n;
}

/** Each part behind its length, 8 bytes little endian (RFC 9382, 3.3). */
function framed(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(part.length));
      return [length, part];
    }),
  );
}
