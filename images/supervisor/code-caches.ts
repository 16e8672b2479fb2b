/**
 * Where the compiled code of Node's own modules lies in a start-up snapshot. Each piece has its length before it and begins with
 * V8's header [src/snapshot/code-serializer.h, SerializedCodeData], all little endian:
 *
 *     u64 length │ u32 magic  u32 version  u32 source  u32 flags  u32 read-only heap  u32 payload  u64 │ payload
 */
const MAGIC = Buffer.from([0x89, 0x06, 0xde, 0xc0]);
const HEADER = 32;
const LENGTH_BEFORE = 8;
const FLAGS_AT = 12;
const PAYLOAD_AT = 20;
/** Node brings some 370 modules; fewer than this, and what is found is something else. */
const FEWEST = 100;

function codeCaches(snapshot: Buffer): number[] {
  const found: number[] = [];
  for (let at = snapshot.indexOf(MAGIC, LENGTH_BEFORE); at >= 0; at = snapshot.indexOf(MAGIC, at + 1)) {
    if (at + HEADER > snapshot.length) break;
    const length = snapshot.readBigUInt64LE(at - LENGTH_BEFORE);
    if (length === BigInt(snapshot.readUInt32LE(at + PAYLOAD_AT) + HEADER)) found.push(at);
  }
  if (found.length < FEWEST)
    throw new Error(`a start-up snapshot has the code of ${found.length} modules: V8's form is another one`);
  return found;
}

/** V8's hash of the flags under which the code in a snapshot was compiled. */
function flagsOf(snapshot: Buffer, caches: readonly number[]): number {
  const hashes = new Set(caches.map((at) => snapshot.readUInt32LE(at + FLAGS_AT)));
  const [hash, ...others] = hashes;
  if (hash === undefined || others.length > 0) throw new Error("a start-up snapshot's code was compiled under different flags");
  return hash;
}

/**
 * `snapshot` with its modules' code marked as compiled under the flags that `example` was made under. V8 throws code away that was
 * compiled under others, whatever these are about, and compiles it again at each start: half of what starting a thread takes. What
 * makes a snapshot reproducible (one thread, a fixed seed) changes nothing in bytecode.
 */
export function underFlagsOf(example: Buffer, snapshot: Buffer): Buffer {
  const flags = flagsOf(example, codeCaches(example));
  const caches = codeCaches(snapshot);
  flagsOf(snapshot, caches);
  const marked = Buffer.from(snapshot);
  for (const at of caches) marked.writeUInt32LE(flags, at + FLAGS_AT);
  return marked;
}
