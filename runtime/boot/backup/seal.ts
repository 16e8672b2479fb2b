import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { StepppsError } from "../../contract/index.ts";

/**
 * A stream encrypted with a passphrase, such that nothing of it is handed on before it is known to be whole:
 *
 *   "STPPSEAL" │ u8 1 │ u8 ln │ 16 bytes salt │ blocks
 *   block      u32 length, little endian │ AES-256-GCM of up to 64 KiB │ 16 bytes tag
 *
 * The key is scrypt [RFC 7914] of the passphrase, N = 2^ln, r = 8, p = 1. A block's nonce is its number (11 bytes, big endian) and a
 * byte that is 1 in the last one [Hoang and others 2015, STREAM], so that blocks cannot be left out, moved, or cut off at the end.
 */
const MAGIC = Buffer.from("STPPSEAL\u0001", "latin1");
const SALT_BYTES = 16;
const HEADER_BYTES = MAGIC.length + 1 + SALT_BYTES;
const TAG_BYTES = 16;
const BLOCK_BYTES = 64 * 1024;
/** 64 MiB and some 0.5 s a try. */
const LN = 16;
const MAX_LN = 20;
export const MIN_PASSPHRASE = 12;

export function isSealed(start: Uint8Array): boolean {
  return Buffer.compare(Buffer.from(start.subarray(0, MAGIC.length)), MAGIC) === 0;
}

export async function* seal(plain: AsyncIterable<Uint8Array>, passphrase: string, ln = LN): AsyncGenerator<Buffer> {
  const header = Buffer.concat([MAGIC, Buffer.from([ln]), randomBytes(SALT_BYTES)]);
  const key = await keyOf(passphrase, header);
  yield header;
  let number = 0;
  let before: Buffer | undefined;
  for await (const block of inBlocks(plain)) {
    if (before) yield encrypt(key, header, number++, before, false);
    before = block;
  }
  yield encrypt(key, header, number, before ?? Buffer.alloc(0), true);
}

/** Throws E_BACKUP_PASSPHRASE at the first block that does not hold, E_BACKUP_FORMAT for what is no sealed stream. */
export async function* unseal(sealed: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Buffer> {
  const bytes = new Puller(sealed);
  const header = await bytes.pull(HEADER_BYTES);
  if (!header || !isSealed(header)) throw new StepppsError("E_BACKUP_FORMAT", "it is not encrypted as backups are");
  if (header[MAGIC.length] === undefined || (header[MAGIC.length] as number) > MAX_LN)
    throw new StepppsError("E_BACKUP_FORMAT", "its passphrase costs more than this version spends");
  const key = await keyOf(passphrase, header);
  for (let number = 0, last = false; !last; number++) {
    const length = (await bytes.pull(4))?.readUInt32LE(0) ?? -1;
    if (length < 0 || length > BLOCK_BYTES) throw new StepppsError("E_BACKUP_DAMAGED", `block ${number}`);
    const block = await bytes.pull(length + TAG_BYTES);
    if (!block) throw new StepppsError("E_BACKUP_DAMAGED", `it ends in block ${number}`);
    last = await bytes.ended();
    yield decrypt(key, header, number, block, last);
  }
}

function encrypt(key: Buffer, header: Buffer, number: number, plain: Buffer, last: boolean): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce(number, last)).setAAD(header);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(plain.length);
  return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, header: Buffer, number: number, block: Buffer, last: boolean): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(number, last), { authTagLength: TAG_BYTES }).setAAD(header);
  decipher.setAuthTag(block.subarray(block.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(block.subarray(0, block.length - TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new StepppsError(number === 0 ? "E_BACKUP_PASSPHRASE" : "E_BACKUP_DAMAGED", `block ${number}`, { cause });
  }
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(number, 5, 6);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

function keyOf(passphrase: string, header: Buffer): Promise<Buffer> {
  if (passphrase.length < MIN_PASSPHRASE) return Promise.reject(new StepppsError("E_BACKUP_NO_PASSPHRASE"));
  const N = 2 ** (header[MAGIC.length] as number);
  const options: ScryptOptions = { N, r: 8, p: 1, maxmem: 128 * 8 * (N + 1) + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), header.subarray(MAGIC.length + 1), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

async function* inBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const bytes = new Puller(stream);
  while (!(await bytes.ended())) yield (await bytes.pull(BLOCK_BYTES)) ?? (await bytes.rest());
}

/** Takes a stream in pieces of the sizes asked for. */
class Puller {
  readonly #source: AsyncIterator<Uint8Array>;
  #kept: Buffer[] = [];
  #length = 0;
  #done = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined, leaving what there is, when the stream ends before. */
  async pull(bytes: number): Promise<Buffer | undefined> {
    while (this.#length < bytes) if (!(await this.#more())) return undefined;
    const all = Buffer.concat(this.#kept);
    this.#keep(all.subarray(bytes));
    return all.subarray(0, bytes);
  }

  /** What is left at the end. */
  async rest(): Promise<Buffer> {
    while (await this.#more());
    const all = Buffer.concat(this.#kept);
    this.#keep(Buffer.alloc(0));
    return all;
  }

  async ended(): Promise<boolean> {
    while (this.#length === 0) if (!(await this.#more())) return true;
    return false;
  }

  #keep(rest: Buffer): void {
    this.#kept = [rest];
    this.#length = rest.length;
  }

  async #more(): Promise<boolean> {
    if (this.#done) return false;
    const { value, done } = await this.#source.next();
    if (done) this.#done = true;
    else {
      this.#kept.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      this.#length += value.length;
    }
    return !done;
  }
}
