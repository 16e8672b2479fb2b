import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/**
 * scrypt [RFC 7914] with 2^14 rounds over blocks of 8, five times: 16 MiB and some 0.2 s a try on a small board, the least that
 * OWASP names for a device with little memory. A hash carries its own cost, so that this may change.
 *
 *   $scrypt$ln=14,r=8,p=5$<16 bytes of salt>$<32 bytes>        both in base64 without padding (PHC string format)
 */
const COST = { ln: 14, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;
/** A longer password costs the hash more than any person types. */
const MAX_BYTES = 1024;

/** Whether `text` is what `hashPassword` makes, and not dearer than a device can check. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** In the time of one hash, off the event loop, whether or not it fits; a `hash` that is none fits nothing. */
export async function checkPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parseHash(hash);
  const { salt, wanted, ...cost } = parsed ?? { ...COST, salt: Buffer.alloc(SALT_BYTES), wanted: Buffer.alloc(HASH_BYTES) };
  const derived = await derive(password, salt, cost);
  return timingSafeEqual(derived, wanted) && parsed !== undefined && Buffer.byteLength(password) <= MAX_BYTES;
}

interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

function parseHash(text: string): (Cost & { readonly salt: Buffer; readonly wanted: Buffer }) | undefined {
  const [, ln, r, p, salt = "", wanted = ""] = FORM.exec(text) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const within = cost.ln >= 10 && cost.ln <= 17 && cost.r >= 1 && cost.r <= 16 && cost.p >= 1 && cost.p <= 16;
  return within ? { ...cost, salt: Buffer.from(salt, "base64"), wanted: Buffer.from(wanted, "base64") } : undefined;
}

function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln;
  const options: ScryptOptions = { N, r, p, maxmem: 128 * r * (N + p) + 1024 * 1024 };
  const bytes = Buffer.from(password.normalize("NFC"), "utf8").subarray(0, MAX_BYTES);
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
