import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { StepppsError } from "../contract/index.ts";

/**
 * Small secrets under a passphrase, whole in memory.
 *
 *   "steppps-sealed-1\n"   17 bytes, also what is authenticated beside the content
 *   salt                   16 bytes
 *   nonce                  12 bytes
 *   tag                    16 bytes
 *   AES-256-GCM of the content, its key by scrypt (RFC 7914) with N 2^17, r 8, p 1: 128 MiB for each guess
 */
const MAGIC = Buffer.from("steppps-sealed-1\n", "ascii");
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 192 * 1024 * 1024 } satisfies ScryptOptions;
/** Fewer characters fall to whoever has the file. */
export const MIN_PASSPHRASE = 10;

/** Throws E_PASSPHRASE when the passphrase is too short. */
export async function sealWithPassphrase(plain: Uint8Array, passphrase: string): Promise<Uint8Array> {
  if (passphrase.length < MIN_PASSPHRASE) throw new StepppsError("E_PASSPHRASE", `at least ${MIN_PASSPHRASE} characters`);
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv("aes-256-gcm", await derive(passphrase, salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(MAGIC);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([MAGIC, salt, nonce, cipher.getAuthTag(), sealed]);
}

/** Throws E_PASSPHRASE where the passphrase is wrong or anything of the file was changed: the two cannot be told apart. */
export async function openWithPassphrase(file: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const bytes = Buffer.from(file);
  const head = MAGIC.length + SALT_BYTES + NONCE_BYTES + TAG_BYTES;
  if (bytes.length < head || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new StepppsError("E_PASSPHRASE", "not a file that steppps sealed");
  }
  const [saltAt, nonceAt, tagAt] = [MAGIC.length, MAGIC.length + SALT_BYTES, MAGIC.length + SALT_BYTES + NONCE_BYTES];
  const [salt, nonce, tag] = [bytes.subarray(saltAt, nonceAt), bytes.subarray(nonceAt, tagAt), bytes.subarray(tagAt, head)];
  const decipher = createDecipheriv("aes-256-gcm", await derive(passphrase, salt), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(MAGIC);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]);
  } catch {
    throw new StepppsError("E_PASSPHRASE");
  }
}

/** The same text typed on another keyboard may come in another normal form. */
function derive(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
